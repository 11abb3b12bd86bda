import type { AttentionProblem, AttentionTensors, HostTensor } from '@attnkit/core'
import type { BenchDtype } from '../suites/bench-shape.js'
import { expectedRows } from './expected-rows.js'
import { firstUnwritten } from './poison.js'
import { uniformSource } from './random.js'
import { measureRowError, type RowError } from './row-error.js'
import { sampleRows } from './sampled-rows.js'

/**
 * The error of sampled rows of an output that was poisoned before it was computed. Throws when an
 * element of it was not written.
 */
export async function measureError(
  problem: AttentionProblem,
  tensors: AttentionTensors<HostTensor>,
  seed: number,
): Promise<RowError> {
  const { data } = tensors.output
  const unwritten = firstUnwritten(data, problem.dtype as BenchDtype)
  if (unwritten >= 0) throw new Error(`element ${unwritten} of the output was not written`)
  const { batch, numHeads, seqlenQ } = problem
  const size = { batch, numHeads, seqlen: seqlenQ }
  const rows = sampleRows(size, { random: uniformSource(seed) })
  return measureRowError(problem, data, rows, await expectedRows({ problem, ...tensors }, rows))
}
