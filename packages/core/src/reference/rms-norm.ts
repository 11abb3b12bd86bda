import type { ElementReader } from '../numeric/element-reader.js'

/** x / √(mean(x²) + epsilon) × weight over the `dim` elements from `at` on, in place. */
export function rmsNorm(
  vectors: Float64Array,
  at: number,
  dim: number,
  weight: ElementReader,
  epsilon: number,
): void {
  let squares = 0
  for (let c = at; c < at + dim; c++) squares += vectors[c]! * vectors[c]!
  const factor = 1 / Math.sqrt(squares / dim + epsilon)
  for (let c = 0; c < dim; c++) vectors[at + c]! *= factor * weight(c)
}
