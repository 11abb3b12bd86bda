import type { KernelFamily } from '../backend/capabilities.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { OnnxruntimeVariable } from './environment-variables.js'

/** What a call must be like, and how that is said. */
export interface Condition {
  readonly text: string
  readonly holds: (problem: AttentionProblem) => boolean
}

/** The kernels run only while the variable is `runsAt`. */
export interface SwitchRule {
  readonly variable: OnnxruntimeVariable
  readonly runsAt: 0 | 1
  /** The calls that it is about; all of them where absent. */
  readonly about?: Condition
}

/** The kernels run only from the variable's length on. */
export interface ThresholdRule {
  readonly variable: OnnxruntimeVariable
  readonly length: { readonly text: string; readonly of: (problem: AttentionProblem) => number }
  readonly about?: Condition
}

/** The operator gives the kernels these calls only; holds under the policy `onnxruntime` alone. */
export interface OperatorRule {
  readonly only: Condition
}

export type OrderRule = SwitchRule | ThresholdRule | OperatorRule

/** A place in an operator's order: kernels of one family, and what decides whether they run. */
export interface OrderStep {
  readonly family: KernelFamily
  /** The kernels as reasons and docs name them. */
  readonly kernels: string
  /** The calls that these kernels are for; all where absent. */
  readonly serves?: Condition
  readonly rules: readonly OrderRule[]
}

function newKeys({ seqlenK, past }: AttentionProblem): number {
  return seqlenK - (past?.seqlen ?? 0)
}

/** The last length that ONNX Runtime's fused cross-attention kernels have. */
const FUSED_CROSS_KEYS = 128
/** From where on its fused kernels are those that it calls TensorRT flash attention. */
const FUSED_FLASH_QUERIES = 385
/** Up to these, fused causal calls take a kernel for short sequences. */
const FUSED_SHORT_CAUSAL = { queries: 128, headDim: 64 }

const FLOAT32: Condition = {
  text: 'float32',
  holds: ({ dtype }) => dtype === 'float32',
}
const HALF: Condition = {
  text: 'float16',
  holds: ({ dtype }) => dtype === 'float16' || dtype === 'bfloat16',
}
const PACKED_QKV: Condition = {
  text: 'packed QKV',
  holds: ({ format }) => format === 'QKV',
}
const CAUSAL: Condition = {
  text: 'causal',
  holds: ({ causal }) => causal,
}
const NOT_CAUSAL: Condition = {
  text: 'not causal',
  holds: ({ causal }) => !causal,
}
/** Fused cross-attention comes first, so it takes what self-attention could, up to its last length. */
const CROSS: Condition = {
  text: `not causal, and packed KV, or separate with other lengths or up to ${FUSED_CROSS_KEYS} keys`,
  holds: (problem) =>
    !problem.causal &&
    (problem.format === 'Q,KV' ||
      (problem.format === 'Q,K,V' &&
        (newKeys(problem) !== problem.seqlenQ || newKeys(problem) <= FUSED_CROSS_KEYS))),
}
const SELF: Condition = {
  text: 'not causal, as many queries as new keys, and no packed KV',
  holds: (problem) =>
    !problem.causal && problem.format !== 'Q,KV' && newKeys(problem) === problem.seqlenQ,
}
const LONG: Condition = {
  text: `from ${FUSED_FLASH_QUERIES} queries on`,
  holds: ({ seqlenQ }) => seqlenQ >= FUSED_FLASH_QUERIES,
}
const NOT_SHORT_CAUSAL: Condition = {
  text: `above ${FUSED_SHORT_CAUSAL.queries} queries or head dim ${FUSED_SHORT_CAUSAL.headDim}`,
  holds: ({ seqlenQ, headDim }) =>
    seqlenQ > FUSED_SHORT_CAUSAL.queries || headDim > FUSED_SHORT_CAUSAL.headDim,
}
const QUERIES: ThresholdRule['length'] = {
  text: 'queries',
  of: ({ seqlenQ }) => seqlenQ,
}
const QUERIES_OR_KEYS: ThresholdRule['length'] = {
  text: 'queries or new keys',
  of: (problem) => Math.max(problem.seqlenQ, newKeys(problem)),
}

const FLASH_ENABLED: OrderRule = { variable: 'ORT_DISABLE_FLASH_ATTENTION', runsAt: 0 }
const FLASH_LENGTH = {
  variable: 'ORT_MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV',
  length: QUERIES,
} as const satisfies OrderRule

/** Without a length. */
const FLASH: OrderStep = { family: 'flash', kernels: 'flash attention', rules: [FLASH_ENABLED] }
const FLASH_LONG: OrderStep = { ...FLASH, rules: [FLASH_ENABLED, FLASH_LENGTH] }
const FLASH_LONG_IF_PACKED: OrderStep = {
  ...FLASH,
  rules: [FLASH_ENABLED, { ...FLASH_LENGTH, about: PACKED_QKV }],
}

const FUSED_SELF: OrderStep = {
  family: 'fused',
  kernels: 'fused self-attention',
  serves: NOT_CAUSAL,
  rules: [
    { variable: 'ORT_DISABLE_FUSED_ATTENTION', runsAt: 0 },
    { variable: 'ORT_DISABLE_TRT_FLASH_ATTENTION', runsAt: 0, about: LONG },
  ],
}
const FUSED_CROSS: OrderStep = {
  family: 'fused',
  kernels: 'fused cross-attention',
  serves: CROSS,
  rules: [{ variable: 'ORT_DISABLE_FUSED_CROSS_ATTENTION', runsAt: 0 }],
}
const FUSED_CAUSAL: OrderStep = {
  family: 'fused',
  kernels: 'fused causal attention',
  serves: CAUSAL,
  rules: [
    { variable: 'ORT_ENABLE_FUSED_CAUSAL_ATTENTION', runsAt: 1 },
    { variable: 'ORT_DISABLE_TRT_FLASH_ATTENTION', runsAt: 0, about: NOT_SHORT_CAUSAL },
  ],
}

const MEMORY_EFFICIENT: OrderStep = {
  family: 'memory-efficient',
  kernels: 'memory-efficient attention',
  rules: [{ variable: 'ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION', runsAt: 0 }],
}
const MEMORY_EFFICIENT_LONG_IF_FLOAT32: OrderStep = {
  ...MEMORY_EFFICIENT,
  rules: [
    ...MEMORY_EFFICIENT.rules,
    {
      variable: 'ORT_MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32',
      length: QUERIES_OR_KEYS,
      about: FLOAT32,
    },
  ],
}
/** This operator does not look at the switch. */
const MEMORY_EFFICIENT_IF_HALF: OrderStep = { ...MEMORY_EFFICIENT, rules: [{ only: HALF }] }

/**
 * In which order ONNX Runtime tries its kernels: pull request 17227, and for the last two operators,
 * which that does not have, a later version. What a kernel cannot do is not part of it: each backend
 * says that itself. Where none runs, ONNX Runtime computes with separate products ("unfused"); here
 * backends of no family of its own follow, then the host.
 */
export const ONNXRUNTIME_ORDER: Readonly<Record<string, readonly OrderStep[]>> = {
  Attention: [FLASH_LONG, FUSED_CAUSAL, FUSED_SELF, MEMORY_EFFICIENT_LONG_IF_FLOAT32],
  MultiHeadAttention: [
    FLASH_LONG_IF_PACKED,
    FUSED_CROSS,
    { ...FUSED_SELF, serves: SELF },
    FUSED_CAUSAL,
    MEMORY_EFFICIENT_LONG_IF_FLOAT32,
  ],
  PackedMultiHeadAttention: [FLASH_LONG_IF_PACKED, FUSED_SELF, MEMORY_EFFICIENT_LONG_IF_FLOAT32],
  PackedAttention: [FUSED_SELF, MEMORY_EFFICIENT_IF_HALF],
  GroupQueryAttention: [FLASH, MEMORY_EFFICIENT],
  'ai.onnx::Attention': [FLASH, MEMORY_EFFICIENT],
}

/** The order of an operator; problems that come from none take that of MultiHeadAttention. */
export function onnxruntimeOrder(operator: string): readonly OrderStep[] {
  return ONNXRUNTIME_ORDER[operator] ?? ONNXRUNTIME_ORDER.MultiHeadAttention ?? []
}
