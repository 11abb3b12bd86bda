import type { BenchShape } from './bench-shape.js'

/** A token of 32 query heads over 8 key heads of 128 (Llama 3 8B), as (batch, keys). */
const SIZES: readonly (readonly [batch: number, seqlenK: number])[] = [
  [1, 1024],
  [1, 4096],
  [1, 16384],
  [4, 1024],
  [4, 4096],
]

/** The next token against a cache, float32. */
export const DECODE_CPU: readonly BenchShape[] = SIZES.map(([batch, seqlenK]) => ({
  format: 'Q,K,V',
  batch,
  seqlen: 1,
  numHeads: 32,
  headDim: 128,
  causal: true,
  dtype: 'float32',
  cache: { seqlenK, numHeadsKv: 8, appends: true },
}))
