import {
  type AttentionProblem,
  type Attributes,
  defineProblem,
  type FloatDtype,
  type Format,
  type Layout,
  problemFlops,
  type TensorSpec,
} from '@attnkit/core'

/** Element types that kernels compute in. */
export type BenchDtype = Exclude<FloatDtype, 'float64'>

/** A row of a suite: self-attention in one of the formats that ONNX Runtime's benchmark has. */
export interface BenchShape {
  readonly format: Format
  readonly batch: number
  readonly seqlen: number
  readonly numHeads: number
  readonly headDim: number
  readonly causal: boolean
  readonly dtype: BenchDtype
  /**
   * Width of the input that weights project to Q, K and V. With it the row is a call of Attention, else
   * of MultiHeadAttention.
   */
  readonly inputWidth?: number
  /** With it the row is a step of GroupQueryAttention: the new tokens against a cache that holds them too. */
  readonly cache?: CacheShape
}

/** A cache of keys and values, (B, Nkv, L, H) each, full with the new tokens. */
export interface CacheShape {
  readonly seqlenK: number
  readonly numHeadsKv: number
}

const LAYOUTS: Readonly<Record<Format, Layout>> = {
  'Q,K,V': 'bsnh',
  'Q,KV': 'bsn2h',
  QKV: 'bsn3h',
}

/** The operator that a row calls. */
export function operatorOf(
  shape: BenchShape,
): 'Attention' | 'GroupQueryAttention' | 'MultiHeadAttention' {
  if (shape.cache) return 'GroupQueryAttention'
  return shape.inputWidth === undefined ? 'MultiHeadAttention' : 'Attention'
}

/** The attributes that a row's operator is called with. */
export function operatorAttributes({ numHeads, causal, cache }: BenchShape): Attributes {
  if (cache) return { numHeads, kvNumHeads: cache.numHeadsKv }
  return { numHeads, unidirectional: causal }
}

/** The attention that a row stands for. */
export function shapeProblem(shape: BenchShape): AttentionProblem {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype } = shape
  const sizes = { batch, seqlenQ: seqlen, numHeads, headDim }
  const layout = LAYOUTS[format]
  const cached = shape.cache ? cacheParts(shape.cache, shape) : {}
  return defineProblem({ operator: operatorOf(shape), layout, causal, dtype, ...sizes, ...cached })
}

/** The keys and values of a full cache, read as any others; the new tokens are the last of them. */
function cacheParts({ seqlenK, numHeadsKv }: CacheShape, { seqlen, headDim }: BenchShape) {
  const headStride = seqlenK * headDim
  const view = { offset: 0, batchStride: numHeadsKv * headStride, seqStride: headDim, headStride }
  return { seqlenK, numHeadsKv, causalOffset: seqlenK - seqlen, k: view, v: view }
}

/** Floating point operations of a row: those of attention, and of the projection before it. */
export function shapeFlops(shape: BenchShape): number {
  const projection = 2 * 3 * elementsOfQuery(shape) * (shape.inputWidth ?? 0)
  return problemFlops(shapeProblem(shape)) + projection
}

export type InputName =
  | 'query'
  | 'key'
  | 'value'
  | 'input'
  | 'weights'
  | 'bias'
  | 'pastKey'
  | 'pastValue'
  | 'seqlensK'

/** The inputs of a row's operator, in its format. */
export function inputSpecs(shape: BenchShape): Partial<Record<InputName, TensorSpec>> {
  const { format, batch, seqlen, numHeads, headDim, dtype, inputWidth } = shape
  if (inputWidth !== undefined) {
    const width = 3 * numHeads * headDim
    return {
      input: { dtype, shape: [batch, seqlen, inputWidth] },
      weights: { dtype, shape: [inputWidth, width] },
      bias: { dtype, shape: [width] },
    }
  }
  const flat = { dtype, shape: [batch, seqlen, numHeads * headDim] }
  if (shape.cache) return { query: flat, ...cacheSpecs(shape, shape.cache) }
  const packed = (count: number): TensorSpec => ({
    dtype,
    shape: [batch, seqlen, numHeads, count, headDim],
  })
  if (format === 'QKV') return { query: packed(3) }
  if (format === 'Q,KV') return { query: flat, key: packed(2) }
  return { query: flat, key: flat, value: flat }
}

function cacheSpecs({ batch, seqlen, headDim, dtype }: BenchShape, cache: CacheShape) {
  const { seqlenK, numHeadsKv } = cache
  const added = { dtype, shape: [batch, seqlen, numHeadsKv * headDim] }
  const buffer = { dtype, shape: [batch, numHeadsKv, seqlenK, headDim] }
  const seqlensK = { dtype: 'int32', shape: [batch] } as const
  return { key: added, value: added, pastKey: buffer, pastValue: buffer, seqlensK }
}

/** The shape of its output: (B, S, N·H). */
export function outputShape(shape: BenchShape): number[] {
  return [shape.batch, shape.seqlen, shape.numHeads * shape.headDim]
}

/** Elements of Q, which K, V and the output have too. */
export function elementsOfQuery(shape: BenchShape): number {
  return shape.batch * shape.seqlen * shape.numHeads * shape.headDim
}

/** One line that names a row, by which `--filter` finds it and no two rows of a suite share. */
export function shapeLabel(
  shape: Omit<BenchShape, 'dtype'> & { readonly dtype: FloatDtype },
): string {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype, inputWidth, cache } = shape
  const projected = inputWidth === undefined ? '' : ` from ${inputWidth}`
  const source = cache ? ` over ${cache.seqlenK}x${cache.numHeadsKv}` : projected
  const sizes = `${batch}x${seqlen}x${numHeads}x${headDim}`
  return `${format} ${sizes} ${dtype}${source}${causal ? ' causal' : ''}`
}
