import type { AttentionProblem } from './attention-problem.js'
import type { HeadAxes } from './head-axes.js'
import type { HeadView, ScoreView } from './views.js'

/**
 * Elements that a tensor must have for a view of sizes × strides: one past the last that is touched.
 * 0 when any size is 0. Sums that are too large to be exact become Infinity.
 */
function extent(offset: number, axes: readonly (readonly [size: number, stride: number])[]) {
  let last = offset
  for (const [size, stride] of axes) {
    if (size === 0) return 0
    last += (size - 1) * stride
    if (!Number.isSafeInteger(last)) return Number.POSITIVE_INFINITY
  }
  return last + 1
}

/** Elements that a tensor under a head view must have. */
export function headExtent({ view, seqlen, heads, headDim }: HeadAxes, batch: number): number {
  return extent(view.offset, [
    [batch, view.batchStride],
    [seqlen, view.seqStride],
    [heads, view.headStride],
    [headDim, 1],
  ])
}

/** Elements that a tensor under a score view must have. */
export function scoreExtent(problem: AttentionProblem, view: ScoreView): number {
  return extent(view.offset, [
    [problem.batch, view.batchStride],
    [problem.numHeads, view.headStride],
    [problem.seqlenQ, view.rowStride],
    [problem.seqlenK, 1],
  ])
}

/** How many tokens of a varlen view a tensor of `elements` elements holds. */
export function tokenCapacity({ view, heads, headDim }: HeadAxes, elements: number): number {
  const one = extent(view.offset, [
    [heads, view.headStride],
    [headDim, 1],
  ])
  if (elements < one) return 0
  return view.seqStride === 0
    ? Number.MAX_SAFE_INTEGER
    : Math.floor((elements - one) / view.seqStride) + 1
}

/** Whether no two positions of a head view share an element: what writing in parallel requires. */
export function isInjective({ view, seqlen, heads, headDim }: HeadAxes, batch: number): boolean {
  const axes: [number, number][] = [
    [batch, view.batchStride],
    [seqlen, view.seqStride],
    [heads, view.headStride],
  ]
  if (axes.some(([size]) => size === 0)) return true
  axes.sort((a, b) => a[1] - b[1])
  let covered = headDim
  for (const [size, stride] of axes) {
    if (size <= 1) continue
    if (stride < covered) return false
    covered = (size - 1) * stride + covered
  }
  return true
}

/** Dense strides of (batch, position, head, dim), or of (token, head, dim) when varlen. */
export function denseView(
  seqlen: number,
  heads: number,
  headDim: number,
  varlen: boolean,
): HeadView {
  const seqStride = heads * headDim
  return { offset: 0, batchStride: varlen ? 0 : seqlen * seqStride, seqStride, headStride: headDim }
}
