import { fillWithNormal, uniformSource } from '../accuracy/random.js'
import {
  type BenchShape,
  type CacheShape,
  elementsOfQuery,
  type InputName,
} from '../suites/bench-shape.js'

/** Q, K and V, each (B, S, N·H) row-major. */
export interface HeadValues {
  readonly query: Float32Array
  readonly key: Float32Array
  readonly value: Float32Array
}

/** Input (B, S, Di), weights (Di, 3·N·H) and bias of a projection to Q, K and V. */
export interface ProjectionValues {
  readonly input: Float32Array
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** Q, K and V of the new tokens, and a cache of (B, Nkv, L, H). */
export interface CacheValues extends HeadValues {
  readonly pastKey: Float32Array
  readonly pastValue: Float32Array
}

/** The values that a row's operator takes. */
export type RowValues = HeadValues | ProjectionValues | CacheValues

/** Normally distributed values of a row; the same ones for the same seed. */
export function rowValues(shape: BenchShape, seed: number): RowValues {
  const { inputWidth, cache } = shape
  if (cache) return cacheValues(shape, cache, seed)
  return inputWidth === undefined
    ? normalValues(shape, seed)
    : projectionValues(shape, inputWidth, seed)
}

function cacheValues(shape: BenchShape, cache: CacheShape, seed: number): CacheValues {
  const random = uniformSource(seed)
  const normal = (length: number): Float32Array => fillWithNormal(new Float32Array(length), random)
  const added = shape.batch * shape.seqlen * cache.numHeadsKv * shape.headDim
  const buffer = shape.batch * cache.seqlenK * cache.numHeadsKv * shape.headDim
  return {
    query: normal(elementsOfQuery(shape)),
    key: normal(added),
    value: normal(added),
    pastKey: normal(buffer),
    pastValue: normal(buffer),
  }
}

/** Weights that leave Q, K and V about as large as the input is. */
function projectionValues(shape: BenchShape, inputWidth: number, seed: number): ProjectionValues {
  const random = uniformSource(seed)
  const normal = (length: number): Float32Array => fillWithNormal(new Float32Array(length), random)
  const width = 3 * shape.numHeads * shape.headDim
  const scale = 1 / Math.sqrt(inputWidth)
  return {
    input: normal(shape.batch * shape.seqlen * inputWidth),
    weights: normal(inputWidth * width).map((weight) => weight * scale),
    bias: normal(width),
  }
}

/** Normally distributed Q, K and V of a row; the same ones for the same seed. */
export function normalValues(shape: BenchShape, seed: number): HeadValues {
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

/** The arrays of the operator's inputs in the row's format, of the same values. */
export function formatValues(
  shape: BenchShape,
  values: RowValues,
): Partial<Record<InputName, Float32Array>> {
  if ('input' in values || 'pastKey' in values) return { ...values }
  const { query, key, value } = values
  if (shape.format === 'QKV') return { query: packHeads([query, key, value], shape.headDim) }
  if (shape.format === 'Q,KV') return { query, key: packHeads([key, value], shape.headDim) }
  return { query, key, value }
}
