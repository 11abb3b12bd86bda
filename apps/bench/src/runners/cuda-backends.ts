import type { Attention } from '@attnkit/core'
import { BenchError, EXIT } from '../exit-codes.js'

/** The backends asked for, or every one that is ready on a GPU. Throws a {@link BenchError} where one is not. */
export function cudaBackends(
  { backends }: Pick<Attention, 'backends'>,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const ready = backends
    .filter((status) => status.status === 'ready' && status.devices[0]?.type === 'cuda')
    .map(({ name }) => name)
  const missing = wanted?.filter((name) => !ready.includes(name)) ?? []
  if (missing.length === 0 && ready.length > 0) return wanted ?? ready
  const reasons = backends.flatMap((status) =>
    'reason' in status ? [`${status.name}: ${status.reason.code}: ${status.reason.found}`] : [],
  )
  const what = missing.length > 0 ? missing.join(', ') : 'a CUDA backend'
  throw new BenchError(EXIT.unavailable, `${what} is not ready\n${reasons.join('\n')}`)
}
