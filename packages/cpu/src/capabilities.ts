import {
  type Capabilities,
  LAYOUTS,
  MASK_KINDS,
  QK_OUTPUTS,
  SINK_KINDS,
  SOFTMAX_PRECISIONS,
} from '@attnkit/core'

const ANY_HEAD_DIM = { min: 1, max: 2 ** 20, multipleOf: 1 }

/** Everything that a problem can ask for, but for float64 tensors, which the reference takes. */
export const capabilities: Capabilities = {
  family: 'cpu',
  dtypes: ['float32', 'float16', 'bfloat16'],
  headDim: ANY_HEAD_DIM,
  headDimV: ANY_HEAD_DIM,
  layouts: LAYOUTS,
  masks: MASK_KINDS,
  additiveMask: true,
  attentionBias: true,
  projectionBias: true,
  causal: true,
  causalOffsetPerBatch: true,
  window: true,
  softcap: true,
  sinks: SINK_KINDS,
  groupedQuery: true,
  varlen: true,
  past: true,
  pastPerBatch: true,
  keyLengths: true,
  qkNorm: true,
  rotary: true,
  qkOutputs: QK_OUTPUTS,
  softmaxLse: true,
  softmaxPrecisions: SOFTMAX_PRECISIONS,
  maxSeqlen: 2 ** 30,
  variants: [
    {
      name: 'cpu-avx512bf16-pairs48',
      serves: 'bfloat16 of even head dims, on x86-64 with AVX-512 BF16: products two at a time',
    },
    {
      name: 'cpu-avx512-t48',
      serves: 'x86-64 with AVX-512 F, DQ, BW and VL, 48 queries at a time',
    },
    { name: 'cpu-avx2-t24', serves: 'x86-64 with AVX2, FMA and F16C, 24 queries at a time' },
    { name: 'cpu-sse2-t8', serves: 'any x86-64, 8 queries at a time' },
    { name: 'cpu-neon-t12', serves: '64-bit Arm, 12 queries at a time' },
    { name: 'cpu-avx512-decode', serves: 'up to 4 rows for each key head, e.g. the next token' },
    {
      name: 'cpu-avx512-float64',
      serves: 'a softmax precision of float64: everything is in float64',
    },
  ],
}
