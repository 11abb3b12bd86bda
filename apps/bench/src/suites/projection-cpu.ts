import type { BenchShape } from './bench-shape.js'

type Sizes = readonly [batch: number, seqlen: number, numHeads: number, inputWidth: number]

/** BERT base at the lengths it is used with, a batch of it, and BERT large. */
const SIZES: readonly Sizes[] = [
  [1, 128, 12, 768],
  [1, 256, 12, 768],
  [1, 384, 12, 768],
  [1, 512, 12, 768],
  [8, 128, 12, 768],
  [1, 384, 16, 1024],
]

/** Attention with the projection of its input, float32. */
export const PROJECTION_CPU: readonly BenchShape[] = SIZES.map(
  ([batch, seqlen, numHeads, inputWidth]) => ({
    format: 'Q,K,V',
    batch,
    seqlen,
    numHeads,
    headDim: 64,
    causal: false,
    dtype: 'float32',
    inputWidth,
  }),
)
