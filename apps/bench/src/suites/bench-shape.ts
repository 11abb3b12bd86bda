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

/** A row of a suite: self-attention in one of the formats that ONNX Runtime's benchmark has, or a cache's. */
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
  /** With it the tokens of the row attend to a cache that holds them too. */
  readonly cache?: CacheShape
}

/** A cache of keys and values, (B, Nkv, L, H) each, full with the new tokens. */
export interface CacheShape {
  readonly seqlenK: number
  readonly numHeadsKv: number
  /**
   * Whether the call puts the new tokens into the cache, as GroupQueryAttention does. Without it they are
   * there, and the row is a call of ONNX's Attention.
   */
  readonly appends: boolean
}

const LAYOUTS: Readonly<Record<Format, Layout>> = {
  'Q,K,V': 'bsnh',
  'Q,KV': 'bsn2h',
  QKV: 'bsn3h',
}

type BenchOperator =
  | 'Attention'
  | 'GroupQueryAttention'
  | 'MultiHeadAttention'
  | 'ai.onnx::Attention'

/** The operator that a row calls. */
export function operatorOf({ cache, inputWidth }: BenchShape): BenchOperator {
  if (cache) return cache.appends ? 'GroupQueryAttention' : 'ai.onnx::Attention'
  return inputWidth === undefined ? 'MultiHeadAttention' : 'Attention'
}

/** The attributes that a row's operator is called with. */
export function operatorAttributes({ numHeads, causal, cache }: BenchShape): Attributes {
  if (!cache) return { numHeads, unidirectional: causal }
  return cache.appends ? { numHeads, kvNumHeads: cache.numHeadsKv } : { isCausal: causal }
}

/** The attention that a row stands for. */
export function shapeProblem(shape: BenchShape): AttentionProblem {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype, cache } = shape
  const sizes = { batch, seqlenQ: seqlen, numHeads, headDim }
  const layout = cache && !cache.appends ? 'bnsh' : LAYOUTS[format]
  const cached = cache ? cacheParts(cache, shape) : {}
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
  | 'q'
  | 'k'
  | 'v'
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
  if (shape.cache?.appends === false) return headsFirstSpecs(shape, shape.cache)
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

function headsFirstSpecs(
  { batch, seqlen, numHeads, headDim, dtype }: BenchShape,
  cache: CacheShape,
) {
  const { seqlenK, numHeadsKv } = cache
  const held = { dtype, shape: [batch, numHeadsKv, seqlenK, headDim] }
  return { q: { dtype, shape: [batch, numHeads, seqlen, headDim] }, k: held, v: held }
}

function cacheSpecs({ batch, seqlen, headDim, dtype }: BenchShape, cache: CacheShape) {
  const { seqlenK, numHeadsKv } = cache
  const added = { dtype, shape: [batch, seqlen, numHeadsKv * headDim] }
  const buffer = { dtype, shape: [batch, numHeadsKv, seqlenK, headDim] }
  const seqlensK = { dtype: 'int32', shape: [batch] } as const
  return { key: added, value: added, pastKey: buffer, pastValue: buffer, seqlensK }
}

/** The shape of its output: (B, S, N·H), or (B, N, S, H) where the inputs have that form. */
export function outputShape({ batch, seqlen, numHeads, headDim, cache }: BenchShape): number[] {
  const isHeadsFirst = cache?.appends === false
  return isHeadsFirst ? [batch, numHeads, seqlen, headDim] : [batch, seqlen, numHeads * headDim]
}

/** Elements of Q, which the output has too, and K and V where there is no cache. */
export function elementsOfQuery(shape: BenchShape): number {
  return shape.batch * shape.seqlen * shape.numHeads * shape.headDim
}

type LabelledShape = Omit<BenchShape, 'dtype' | 'cache'> & {
  readonly dtype: FloatDtype
  readonly cache?: Omit<CacheShape, 'appends'>
}

/** One line that names a row, by which `--filter` finds it and no two rows of a suite share. */
export function shapeLabel(shape: LabelledShape): string {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype, inputWidth, cache } = shape
  const projected = inputWidth === undefined ? '' : ` from ${inputWidth}`
  const source = cache ? ` over ${cache.seqlenK}x${cache.numHeadsKv}` : projected
  const sizes = `${batch}x${seqlen}x${numHeads}x${headDim}`
  return `${format} ${sizes} ${dtype}${source}${causal ? ' causal' : ''}`
}
