/** How a variable's value is written. */
export type VariableKind = 'boolean' | 'length'

/** One of ONNX Runtime's variables. */
export interface VariableDeclaration {
  readonly kind: VariableKind
  /** What holds under the policy `onnxruntime` when it is not set. */
  readonly byDefault: number
  /** What it is for, in a few words. */
  readonly purpose: string
  /** What it acts on here; `nothing` when nobody here has the kernels that it steers there. */
  readonly steers: 'flash' | 'fused' | 'memory-efficient' | 'debug lines' | 'nothing'
  /** The versions of ONNX Runtime that read it: pull request 17227 became part of 1.16. */
  readonly versions: '1.16 and later' | '1.16' | 'after 1.16'
  /** The name that took the place of this one. */
  readonly laterName?: string
}

/**
 * ONNX Runtime's variables for attention and their defaults (documented in its
 * `attention_common.h`). Those that steer kernels which nobody here has are read too, so a value that
 * does not parse is found.
 */
export const ONNXRUNTIME_VARIABLES = {
  ORT_DISABLE_FLASH_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no flash attention',
    steers: 'flash',
    versions: '1.16 and later',
  },
  ORT_MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV: {
    kind: 'length',
    byDefault: 513,
    purpose: 'packed QKV, and every call of Attention: flash attention from this length on',
    steers: 'flash',
    versions: '1.16 and later',
  },
  ORT_DISABLE_TRT_FLASH_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no fused kernels for long sequences',
    steers: 'fused',
    versions: '1.16 and later',
  },
  ORT_DISABLE_FUSED_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no fused self-attention',
    steers: 'fused',
    versions: '1.16 and later',
  },
  ORT_DISABLE_FUSED_CROSS_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no fused cross-attention',
    steers: 'fused',
    versions: '1.16 and later',
  },
  ORT_ENABLE_FUSED_CAUSAL_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: fused kernels for causal calls',
    steers: 'fused',
    versions: '1.16',
  },
  ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no memory-efficient attention',
    steers: 'memory-efficient',
    versions: '1.16 and later',
  },
  ORT_MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32: {
    kind: 'length',
    byDefault: 256,
    purpose: 'float32: memory-efficient attention from this length on',
    steers: 'memory-efficient',
    versions: 'after 1.16',
  },
  ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: a line on stderr for each decision',
    steers: 'debug lines',
    versions: 'after 1.16',
  },
  ORT_ENABLE_CUDNN_FLASH_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: "1: cuDNN's kernels",
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_ENABLE_LEAN_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: lean attention',
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_DISABLE_DECODER_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no kernels for decoding with beams',
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_DISABLE_FT_CAUSAL_ATTENTION: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no kernels for decoding with beams',
    steers: 'nothing',
    versions: 'after 1.16',
    laterName: 'ORT_DISABLE_DECODER_ATTENTION',
  },
  ORT_ENABLE_XQA: {
    kind: 'boolean',
    byDefault: 1,
    purpose: '0: no XQA kernels for grouped queries',
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_DISABLE_FLASH_DECODE: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: no splitting of the keys of a decode step',
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_DECODER_MASKED_ATTENTION_LOAD_KV_DATA_IN_FLIGHT: {
    kind: 'boolean',
    byDefault: 0,
    purpose: '1: keys are loaded early when decoding with beams',
    steers: 'nothing',
    versions: 'after 1.16',
  },
  ORT_TRANSFORMER_OPTIONS: {
    kind: 'length',
    byDefault: 0,
    purpose: 'bits that choose a softmax for masks',
    steers: 'nothing',
    versions: '1.16 and later',
  },
} as const satisfies Readonly<Record<string, VariableDeclaration>>

export type OnnxruntimeVariable = keyof typeof ONNXRUNTIME_VARIABLES
