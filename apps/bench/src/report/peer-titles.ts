import type { PeerName } from './result.js'

/** No peer of a run: its ratio is from a table. */
export const FLASH_ATTENTION_3_TITLE = 'FlashAttention-3'

/** Peers as tables name them. */
export const PEER_TITLES: Readonly<Record<PeerName, string>> = {
  flash_attention_2: 'FlashAttention-2',
  cudnn: 'cuDNN',
  cutlass_memory_efficient: 'CUTLASS memory-efficient',
  onnxruntime: 'ONNX Runtime',
  own_float32: 'own float32',
}
