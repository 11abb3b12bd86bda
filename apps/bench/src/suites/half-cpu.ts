import type { BenchDtype, BenchShape } from './bench-shape.js'

type Sizes = readonly [seqlen: number, numHeads: number, headDim: number]

const SIZES: readonly Sizes[] = [
  [2048, 4, 64],
  [4096, 1, 64],
  [8192, 1, 64],
  [2048, 2, 128],
  [4096, 1, 128],
  [8192, 1, 128],
]
const DTYPES: readonly BenchDtype[] = ['float32', 'float16', 'bfloat16']

/** Long sequences in each element type; those of two bytes beside our own float32. */
export const HALF_CPU: readonly BenchShape[] = SIZES.flatMap(([seqlen, numHeads, headDim]) =>
  DTYPES.map((dtype) => ({
    format: 'Q,K,V' as const,
    batch: 1,
    seqlen,
    numHeads,
    headDim,
    causal: false,
    dtype,
  })),
)
