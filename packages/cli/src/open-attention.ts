import { type AbsentBackend, type Attention, type Backend, reference } from '@attnkit/core'
import type { Session } from './session.js'

/** Attention over the backends of this machine, and the backends themselves. */
export interface OpenedAttention extends Disposable {
  readonly attention: Attention
  /** Those that were found, also where they cannot run here. */
  readonly backends: readonly Backend[]
}

/** Finds the backends that are installed and makes attention over them. */
export async function openAttention(
  { environment }: Session,
  {
    threads,
    without = [],
  }: { readonly threads?: number; readonly without?: readonly AbsentBackend[] } = {},
): Promise<OpenedAttention> {
  const { createAttention, discoverBackends } = await import('attnkit')
  const { backends, absent } = await discoverBackends()
  const excluded = new Set(without.map(({ name }) => name))
  const used = backends.filter(({ name }) => !excluded.has(name))
  const attention = await createAttention({
    backends: used,
    absent: [...without, ...absent],
    environment,
    ...(threads !== undefined && { threads }),
  })
  const all = [...backends, reference()]
  return { attention, backends: all, [Symbol.dispose]: () => attention[Symbol.dispose]() }
}
