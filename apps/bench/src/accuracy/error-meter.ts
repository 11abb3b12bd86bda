import type { AttentionProblem, AttentionTensors, HostTensor, TensorData } from '@attnkit/core'
import type { BenchDtype } from '../suites/bench-shape.js'
import { expectedRows } from './expected-rows.js'
import { firstUnwritten } from './poison.js'
import { uniformSource } from './random.js'
import { measureRowError, type RowError } from './row-error.js'
import { type SamplingOptions, sampleRows } from './sampled-rows.js'

/**
 * Computes sampled rows of a problem in float64, and resolves to what measures the error of an output in
 * them. That throws for an output with an element that is still poisoned.
 */
export async function errorMeter(
  problem: AttentionProblem,
  tensors: AttentionTensors<HostTensor>,
  seed: number,
  sampling: Omit<SamplingOptions, 'random'> = {},
): Promise<(output: TensorData) => RowError> {
  const { batch, numHeads, seqlenQ } = problem
  const size = { batch, numHeads, seqlen: seqlenQ }
  const rows = sampleRows(size, { ...sampling, random: uniformSource(seed) })
  const expected = await expectedRows({ problem, ...tensors }, rows)
  return (output) => {
    const unwritten = firstUnwritten(output, problem.dtype as BenchDtype)
    if (unwritten >= 0) throw new Error(`element ${unwritten} of the output was not written`)
    return measureRowError(problem, output, rows, expected)
  }
}
