import type { Capabilities } from '../backend/capabilities.js'
import {
  MASK_KINDS,
  QK_OUTPUTS,
  SINK_KINDS,
  SOFTMAX_PRECISIONS,
} from '../problem/attention-problem.js'
import { LAYOUTS } from '../problem/layout.js'
import { MAX_SIZE } from '../problem/problem-faults.js'
import { FLOAT_DTYPES } from '../tensor/dtype.js'

const ANY_HEAD_DIM = { min: 1, max: MAX_SIZE, multipleOf: 1 }

/** All that a problem can say. */
export const REFERENCE_CAPABILITIES: Capabilities = {
  family: 'reference',
  dtypes: FLOAT_DTYPES,
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
  maxSeqlen: MAX_SIZE,
}
