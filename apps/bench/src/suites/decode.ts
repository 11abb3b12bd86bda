import type { BenchShape } from './bench-shape.js'

const BATCHES = [1, 4, 16, 64] as const
const SEQLENS_K = [1024, 4096, 16_384, 65_536] as const
/** Elements of K or V that an array of JavaScript can hold, which is where the float64 of a row reads them. */
const MAX_ELEMENTS = 2 ** 31
const NUM_HEADS_KV = 8
const HEAD_DIM = 128

function decodeRow(batch: number, seqlenK: number): BenchShape {
  return {
    format: 'Q,K,V',
    batch,
    seqlen: 1,
    numHeads: 32,
    headDim: HEAD_DIM,
    causal: false,
    dtype: 'float16',
    cache: { seqlenK, numHeadsKv: NUM_HEADS_KV, appends: false },
  }
}

/** A query of 32 heads over 8 key heads of 128 (Llama 3 8B) against keys and values that are there, float16. */
export const DECODE: readonly BenchShape[] = BATCHES.flatMap((batch) =>
  SEQLENS_K.filter((seqlenK) => batch * seqlenK * NUM_HEADS_KV * HEAD_DIM <= MAX_ELEMENTS).map(
    (seqlenK) => decodeRow(batch, seqlenK),
  ),
)
