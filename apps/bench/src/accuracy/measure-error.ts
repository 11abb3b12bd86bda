import type { AttentionProblem, AttentionTensors, HostTensor } from '@attnkit/core'
import { errorMeter } from './error-meter.js'
import type { RowError } from './row-error.js'

/**
 * The error of sampled rows of an output that was poisoned before it was computed. Throws when an
 * element of it was not written.
 */
export async function measureError(
  problem: AttentionProblem,
  tensors: AttentionTensors<HostTensor>,
  seed: number,
): Promise<RowError> {
  const errorOf = await errorMeter(problem, tensors, seed)
  return errorOf(tensors.output.data)
}
