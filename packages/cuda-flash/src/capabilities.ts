import { type Capabilities, LAYOUTS } from '@attnkit/core'
import { TUNINGS, tunedDevice } from './tuning.js'
import { describeVariants } from './variants.js'

const HEAD_DIMS = { min: 8, max: 256, multipleOf: 8 }

export const MIN_COMPUTE_CAPABILITY = [8, 0] as const

/** What the kernels can do; {@link supports} adds what depends on strides and sizes. */
export const capabilities: Capabilities = {
  family: 'flash',
  dtypes: ['float16', 'bfloat16'],
  headDim: HEAD_DIMS,
  headDimV: HEAD_DIMS,
  layouts: LAYOUTS,
  masks: ['none', 'lengths', 'start-end'],
  additiveMask: false,
  attentionBias: false,
  projectionBias: false,
  causal: true,
  causalOffsetPerBatch: true,
  window: true,
  softcap: true,
  sinks: ['none'],
  groupedQuery: true,
  varlen: true,
  past: true,
  pastPerBatch: true,
  keyLengths: true,
  qkOutputs: ['none'],
  softmaxLse: true,
  // Positions and offsets are added in 31 bits.
  maxSeqlen: 2 ** 30 - 1,
  minComputeCapability: MIN_COMPUTE_CAPABILITY,
  variants: describeVariants(),
  tunedDevices: Object.fromEntries(
    Object.entries(TUNINGS).map(([name, tuning]) => [name, tunedDevice(tuning)]),
  ),
}
