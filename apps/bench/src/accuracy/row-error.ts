import {
  type AttentionProblem,
  fromBfloat16,
  fromFloat16,
  type RowIndex,
  type TensorData,
} from '@attnkit/core'

/** How far a computed output is from float64 over the sampled rows. */
export interface RowError {
  /** ‖out − ref‖ / ‖ref‖; Infinity when a value is NaN or infinite. */
  readonly relError: number
  readonly maxAbsError: number
  /** How many rows were looked at. */
  readonly rows: number
}

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

/** Compares rows of an output with what is expected of them: (rows, headDimV). */
export function measureRowError(
  problem: AttentionProblem,
  output: TensorData,
  rows: readonly RowIndex[],
  expected: Float64Array,
): RowError {
  const { offset, batchStride, seqStride, headStride } = problem.output
  let errorSquares = 0
  let squares = 0
  let maxAbsError = 0
  for (const [index, { batch, head, query }] of rows.entries()) {
    const start = offset + batch * batchStride + query * seqStride + head * headStride
    const actual = readNumbers(output, problem.dtype, start, problem.headDimV)
    for (let i = 0; i < problem.headDimV; i++) {
      const want = expected[index * problem.headDimV + i]!
      const error = Math.abs(actual[i]! - want)
      errorSquares += error * error
      squares += want * want
      maxAbsError = Math.max(error, maxAbsError)
    }
  }
  const relError = Math.sqrt(errorSquares / squares)
  if (Number.isFinite(relError)) return { relError, maxAbsError, rows: rows.length }
  const infinite = Number.POSITIVE_INFINITY
  return { relError: infinite, maxAbsError: infinite, rows: rows.length }
}
