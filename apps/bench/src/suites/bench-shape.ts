import type { FloatDtype, Format } from '@attnkit/core'

/** A row of a suite: self-attention in one of the formats that ONNX Runtime's benchmark has. */
export interface BenchShape {
  readonly format: Format
  readonly batch: number
  readonly seqlen: number
  readonly numHeads: number
  readonly headDim: number
  readonly causal: boolean
  readonly dtype: FloatDtype
}

/** Floating-point operations: 4·B·S²·N·H, halved when causal. */
export function shapeFlops(shape: BenchShape): number {
  const full = 4 * shape.batch * shape.seqlen ** 2 * shape.numHeads * shape.headDim
  return shape.causal ? full / 2 : full
}

/** Elements of Q, which K, V and the output have too. */
export function elementsOfQuery(shape: BenchShape): number {
  return shape.batch * shape.seqlen * shape.numHeads * shape.headDim
}

/** One line that names a row, and by which `--filter` finds it. */
export function shapeLabel(shape: BenchShape): string {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype } = shape
  return `${format} ${batch}x${seqlen}x${numHeads}x${headDim} ${dtype}${causal ? ' causal' : ''}`
}

/** What tells rows of one backend apart. */
export function shapeKey(shape: BenchShape): string {
  return shapeLabel(shape)
}
