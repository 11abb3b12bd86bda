import type { Projection, ProjectionTensors } from '../backend/backend.js'
import { fromFloat64, toFloat64 } from '../numeric/float64.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import { Pacer } from './pacer.js'

// Rows of the weights between two looks at the clock.
const ROWS_AT_ONCE = 16

/**
 * (tokens, inputWidth) × (inputWidth, width) with sums in float64, each rounded to the dtype once. The
 * inputs may change as soon as this has returned. Works in slices of a few milliseconds.
 */
export async function project(
  { dtype, tokens, inputWidth, width }: Projection,
  { input, weights }: ProjectionTensors<HostTensor>,
): Promise<HostTensor> {
  const held = { dtype, input: input.data.slice(), weights: weights.data.slice() }
  const pacer = new Pacer()
  const matrix = await widened({ dtype, data: held.weights }, width, pacer)
  const product = emptyTensor([tokens, width], dtype)
  const sum = new Float64Array(width)
  for (let token = 0; token < tokens; token++) {
    const at = token * inputWidth
    const row = toFloat64({ dtype, data: held.input }, at, at + inputWidth)
    await multiplyRow(row, matrix, sum, pacer)
    ;(product.data as Float32Array).set(fromFloat64(sum, dtype) as Float32Array, token * width)
  }
  return product
}

/** A matrix with rows of `width` in float64. */
async function widened(
  tensor: Pick<HostTensor, 'dtype' | 'data'>,
  width: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const { length } = tensor.data
  const matrix = new Float64Array(length)
  const step = Math.max(1, ROWS_AT_ONCE * width)
  for (let at = 0; at < length; at += step) {
    matrix.set(toFloat64(tensor, at, Math.min(at + step, length)), at)
    if (pacer.due) await pacer.rest()
  }
  return matrix
}

/** `sum` becomes `row` × `matrix`. */
async function multiplyRow(
  row: Float64Array,
  matrix: Float64Array,
  sum: Float64Array,
  pacer: Pacer,
): Promise<void> {
  sum.fill(0)
  for (let from = 0; from < row.length; from += ROWS_AT_ONCE) {
    addRows(row, matrix, sum, from, Math.min(from + ROWS_AT_ONCE, row.length))
    if (pacer.due) await pacer.rest()
  }
}

function addRows(
  row: Float64Array,
  matrix: Float64Array,
  sum: Float64Array,
  from: number,
  end: number,
): void {
  const width = sum.length
  for (let i = from; i < end; i++) {
    const factor = row[i]!
    const start = i * width
    for (let j = 0; j < width; j++) sum[j]! += factor * matrix[start + j]!
  }
}
