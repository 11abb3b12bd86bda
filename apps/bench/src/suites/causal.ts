import type { BenchShape } from './bench-shape.js'

const TOKENS = 16_384
const SEQLENS = [2048, 4096, 16_384] as const
/** 2,048 hidden units. */
const HEADS: readonly (readonly [numHeads: number, headDim: number])[] = [
  [32, 64],
  [16, 128],
]

/** Causal self-attention over the same number of tokens at every length. */
export const CAUSAL: readonly BenchShape[] = HEADS.flatMap(([numHeads, headDim]) =>
  SEQLENS.map((seqlen) => ({
    format: 'Q,K,V' as const,
    batch: TOKENS / seqlen,
    seqlen,
    numHeads,
    headDim,
    causal: true,
    dtype: 'float16' as const,
  })),
)
