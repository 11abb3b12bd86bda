import { type AttentionProblem, fromBfloat16, fromFloat16, type TensorData } from '@attnkit/core'
import type { SampledPair } from './sampled-rows.js'

/** How far a computed output is from float64 over the sampled rows. */
export interface RowError {
  /** ‖out − ref‖ / ‖ref‖; Infinity when a value is NaN or infinite. */
  readonly relError: number
  readonly maxAbsError: number
  /** How many rows were looked at. */
  readonly rows: number
}

/** Expected outputs of the sampled rows, pair after pair, row after row, headDimV values each. */
export type ExpectedRows = Float64Array

/** The elements [start, start + length) of a float tensor as numbers. */
function readNumbers(
  data: TensorData,
  dtype: AttentionProblem['dtype'],
  start: number,
  length: number,
): ArrayLike<number> {
  const part = data.subarray(start, start + length)
  if (dtype === 'float16') return fromFloat16(part as Uint16Array)
  if (dtype === 'bfloat16') return fromBfloat16(part as Uint16Array)
  return part as Float32Array | Float64Array
}

/** Compares the sampled rows of an output with what is expected of them. */
export function measureRowError(
  problem: AttentionProblem,
  output: TensorData,
  pairs: readonly SampledPair[],
  expected: ExpectedRows,
): RowError {
  const { offset, batchStride, seqStride, headStride } = problem.output
  let rows = 0
  let errorSquares = 0
  let squares = 0
  let maxAbsError = 0
  for (const { batch, head, rows: sampled } of pairs) {
    for (const row of sampled) {
      const start = offset + batch * batchStride + row * seqStride + head * headStride
      const actual = readNumbers(output, problem.dtype, start, problem.headDimV)
      for (let i = 0; i < problem.headDimV; i++) {
        const want = expected[rows * problem.headDimV + i]!
        const error = Math.abs(actual[i]! - want)
        errorSquares += error * error
        squares += want * want
        maxAbsError = error <= maxAbsError ? maxAbsError : error
      }
      rows += 1
    }
  }
  const relError = Math.sqrt(errorSquares / squares)
  const finite = Number.isFinite(relError)
  return { relError: finite ? relError : Number.POSITIVE_INFINITY, maxAbsError, rows }
}
