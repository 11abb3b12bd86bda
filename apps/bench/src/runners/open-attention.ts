import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Attention, createAttention, discoverBackends } from 'attnkit'
import type { BackendOptions } from '../suites/suites.js'

/** Attention over the backends that are installed beside attnkit or beside this package. */
export async function openAttention({
  backendOptions,
  ...options
}: {
  readonly threads?: number
  /** By the backend's name. */
  readonly backendOptions?: BackendOptions
} = {}): Promise<Attention> {
  const directory = dirname(fileURLToPath(import.meta.url))
  const found = await discoverBackends({ directory, ...(backendOptions && { backendOptions }) })
  return createAttention({ ...options, ...found })
}
