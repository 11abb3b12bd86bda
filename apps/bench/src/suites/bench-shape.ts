import {
  type AttentionProblem,
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
}

const LAYOUTS: Readonly<Record<Format, Layout>> = {
  'Q,K,V': 'bsnh',
  'Q,KV': 'bsn2h',
  QKV: 'bsn3h',
}

/** The operator that a row calls. */
export function operatorOf(shape: BenchShape): 'Attention' | 'MultiHeadAttention' {
  return shape.inputWidth === undefined ? 'MultiHeadAttention' : 'Attention'
}

/** The attention that a row stands for. */
export function shapeProblem(shape: BenchShape): AttentionProblem {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype } = shape
  const sizes = { batch, seqlenQ: seqlen, numHeads, headDim }
  const layout = LAYOUTS[format]
  return defineProblem({ operator: operatorOf(shape), layout, causal, dtype, ...sizes })
}

/** Floating point operations of a row: those of attention, and of the projection before it. */
export function shapeFlops(shape: BenchShape): number {
  const projection = 2 * 3 * elementsOfQuery(shape) * (shape.inputWidth ?? 0)
  return problemFlops(shapeProblem(shape)) + projection
}

export type InputName = 'query' | 'key' | 'value' | 'input' | 'weights' | 'bias'

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
  const packed = (count: number): TensorSpec => ({
    dtype,
    shape: [batch, seqlen, numHeads, count, headDim],
  })
  if (format === 'QKV') return { query: packed(3) }
  if (format === 'Q,KV') return { query: flat, key: packed(2) }
  return { query: flat, key: flat, value: flat }
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
  const { format, batch, seqlen, numHeads, headDim, causal, dtype, inputWidth } = shape
  const source = inputWidth === undefined ? '' : ` from ${inputWidth}`
  const sizes = `${batch}x${seqlen}x${numHeads}x${headDim}`
  return `${format} ${sizes} ${dtype}${source}${causal ? ' causal' : ''}`
}
