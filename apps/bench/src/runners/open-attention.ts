import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Attention, createAttention, discoverBackends } from 'attnkit'

/** Attention over the backends that are installed beside attnkit or beside this package. */
export async function openAttention(
  options: { readonly threads?: number } = {},
): Promise<Attention> {
  const directory = dirname(fileURLToPath(import.meta.url))
  return createAttention({ ...options, ...(await discoverBackends({ directory })) })
}
