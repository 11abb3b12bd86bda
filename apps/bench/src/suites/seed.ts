import { FORMATS } from '@attnkit/core'
import type { BenchShape } from './bench-shape.js'

type Sizes = readonly [batch: number, seqlen: number, numHeads: number, headDim: number]

/** 16,384 tokens and 2,048 hidden units at every length. */
const CONSTANT_WORK: readonly Sizes[] = [
  [32, 512, 64, 32],
  [32, 512, 128, 16],
  [16, 1024, 64, 32],
  [16, 1024, 128, 16],
  [8, 2048, 64, 32],
  [8, 2048, 128, 16],
  [4, 4096, 64, 32],
  [4, 4096, 128, 16],
  [2, 8192, 64, 32],
  [2, 8192, 128, 16],
  [1, 16384, 64, 32],
  [1, 16384, 128, 16],
]

const STABLE_DIFFUSION: readonly Sizes[] = [
  [1, 4096, 8, 40],
  [1, 4096, 8, 80],
  [1, 4096, 8, 160],
  [4, 4096, 8, 40],
  [4, 4096, 8, 80],
  [4, 4096, 8, 160],
  [1, 16384, 8, 40],
  [1, 16384, 8, 80],
  [1, 16384, 8, 160],
]

const BERT_BASE: readonly Sizes[] = [
  [128, 128, 12, 64],
  [64, 128, 12, 64],
  [128, 384, 12, 64],
  [64, 384, 12, 64],
  [128, 512, 12, 64],
  [64, 512, 12, 64],
]

/** Measured there for packed QKV alone. */
const TURING_NLG: readonly Sizes[] = [
  [4, 2048, 32, 128],
  [4, 4096, 32, 128],
  [8, 2048, 32, 128],
  [8, 4096, 32, 128],
]

function seedRow(format: BenchShape['format'], sizes: Sizes): BenchShape {
  const [batch, seqlen, numHeads, headDim] = sizes
  return { format, batch, seqlen, numHeads, headDim, causal: false, dtype: 'float16' }
}

/** The 85 rows of the table in ONNX Runtime's pull request 17227, in its order. */
export const SEED: readonly BenchShape[] = FORMATS.flatMap((format) =>
  [
    ...CONSTANT_WORK,
    ...STABLE_DIFFUSION,
    ...BERT_BASE,
    ...(format === 'QKV' ? TURING_NLG : []),
  ].map((sizes) => seedRow(format, sizes)),
)
