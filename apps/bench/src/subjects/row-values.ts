import { fillWithNormal, uniformSource } from '../accuracy/random.js'
import type { RowValues } from '../peers/onnxruntime-peer.js'
import { type BenchShape, elementsOfQuery, type InputName } from '../suites/bench-shape.js'

/** Normally distributed Q, K and V of a row; the same ones for the same seed. */
export function normalValues(shape: BenchShape, seed: number): RowValues {
  const random = uniformSource(seed)
  const normal = (): Float32Array =>
    fillWithNormal(new Float32Array(elementsOfQuery(shape)), random)
  return { query: normal(), key: normal(), value: normal() }
}

/** Vectors of `headDim` elements of each part in turn: (…, N, H) twice becomes (…, N, 2, H). */
export function packHeads(parts: readonly Float32Array[], headDim: number): Float32Array {
  const vectors = parts[0]!.length / headDim
  const packed = new Float32Array(vectors * headDim * parts.length)
  parts.forEach((part, index) => {
    for (let i = 0; i < vectors; i++) {
      const vector = part.subarray(i * headDim, (i + 1) * headDim)
      packed.set(vector, (i * parts.length + index) * headDim)
    }
  })
  return packed
}

/** The arrays of MultiHeadAttention's inputs in the row's format, of the same values. */
export function formatValues(
  shape: BenchShape,
  { query, key, value }: RowValues,
): Partial<Record<InputName, Float32Array>> {
  if (shape.format === 'QKV') return { query: packHeads([query, key, value], shape.headDim) }
  if (shape.format === 'Q,KV') return { query, key: packHeads([key, value], shape.headDim) }
  return { query, key, value }
}
