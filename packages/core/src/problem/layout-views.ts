import type { Layout } from './layout.js'
import { denseView } from './view-extent.js'
import type { HeadView } from './views.js'

/** The sizes that decide where the elements of a layout lie. */
export interface LayoutSizes {
  readonly batch: number
  readonly seqlenQ: number
  /** New keys only when there is a past. */
  readonly newKeys: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  readonly headDimV: number
}

export interface LayoutViews {
  readonly q: HeadView
  readonly k: HeadView
  readonly v: HeadView
}

/** The views of queries, keys and values in contiguous tensors of `layout`. */
export function layoutViews(layout: Layout, sizes: LayoutSizes): LayoutViews {
  const { seqlenQ, newKeys, numHeads, numHeadsKv, headDim, headDimV } = sizes
  const dense = (seqlen: number, heads: number, dim: number) =>
    layout === 'bnsh'
      ? headsFirstView(seqlen, heads, dim)
      : denseView(seqlen, heads, dim, layout === 'tnh')
  const packed = (seqlen: number, heads: number, parts: number, part: number) => ({
    ...denseView(seqlen, heads, parts * headDim, layout === 'tn3h'),
    offset: part * headDim,
  })
  if (layout === 'bsn3h' || layout === 'tn3h') {
    const [q, k, v] = [0, 1, 2].map((part) => packed(seqlenQ, numHeads, 3, part))
    return { q: q!, k: k!, v: v! }
  }
  const q = dense(seqlenQ, numHeads, headDim)
  if (layout === 'bsn2h') {
    return { q, k: packed(newKeys, numHeadsKv, 2, 0), v: packed(newKeys, numHeadsKv, 2, 1) }
  }
  return {
    q,
    k: dense(newKeys, numHeadsKv, headDim),
    v: dense(newKeys, numHeadsKv, headDimV),
  }
}

/** The view of a contiguous (batch, heads, positions, dim) tensor. */
export function headsFirstView(seqlen: number, heads: number, headDim: number): HeadView {
  const headStride = seqlen * headDim
  return { offset: 0, batchStride: heads * headStride, seqStride: headDim, headStride }
}

/** The shape of the contiguous tensor that holds `role` in `layout`; `tokens` of it when varlen. */
export function layoutShape(
  layout: Layout,
  role: 'q' | 'k' | 'v',
  sizes: LayoutSizes,
  tokens: number,
): readonly number[] {
  const { batch, seqlenQ, newKeys, numHeads, numHeadsKv, headDim, headDimV } = sizes
  const seqlen = role === 'q' ? seqlenQ : newKeys
  const heads = role === 'q' ? numHeads : numHeadsKv
  const dim = role === 'v' ? headDimV : headDim
  if (layout === 'bsn3h') return [batch, seqlenQ, numHeads, 3, headDim]
  if (layout === 'tn3h') return [tokens, numHeads, 3, headDim]
  if (layout === 'tnh') return [tokens, heads, dim]
  if (layout === 'bnsh') return [batch, heads, seqlen, dim]
  if (layout === 'bsn2h' && role !== 'q') return [batch, newKeys, numHeadsKv, 2, headDim]
  return [batch, seqlen, heads, dim]
}
