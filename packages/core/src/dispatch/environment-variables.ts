/** How a variable's value is written. */
export type VariableKind = 'boolean' | 'length'

/**
 * ONNX Runtime's variables for attention and their defaults (documented in its
 * `attention_common.h`). Those that steer kernels which nobody here has are read too, so a value that
 * does not parse is found.
 */
export const ONNXRUNTIME_VARIABLES = {
  ORT_DISABLE_FLASH_ATTENTION: 'boolean',
  ORT_MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV: 'length',
  ORT_DISABLE_TRT_FLASH_ATTENTION: 'boolean',
  ORT_DISABLE_FUSED_ATTENTION: 'boolean',
  ORT_DISABLE_FUSED_CROSS_ATTENTION: 'boolean',
  ORT_ENABLE_FUSED_CAUSAL_ATTENTION: 'boolean',
  ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION: 'boolean',
  ORT_MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32: 'length',
  ORT_ENABLE_CUDNN_FLASH_ATTENTION: 'boolean',
  ORT_ENABLE_LEAN_ATTENTION: 'boolean',
  ORT_DISABLE_DECODER_ATTENTION: 'boolean',
  ORT_DISABLE_FT_CAUSAL_ATTENTION: 'boolean',
  ORT_ENABLE_XQA: 'boolean',
  ORT_DISABLE_FLASH_DECODE: 'boolean',
  ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO: 'boolean',
  ORT_DECODER_MASKED_ATTENTION_LOAD_KV_DATA_IN_FLIGHT: 'boolean',
  ORT_TRANSFORMER_OPTIONS: 'length',
} as const satisfies Readonly<Record<string, VariableKind>>

export type OnnxruntimeVariable = keyof typeof ONNXRUNTIME_VARIABLES
