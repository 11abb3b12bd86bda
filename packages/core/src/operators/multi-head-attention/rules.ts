import { SHARED_RULES } from '../shared-rules.js'

/**
 * What a call of MultiHeadAttention must keep to. `M` rules are ONNX Runtime's own checks, numbered in
 * their order there; `E` rules are what it leaves unchecked.
 */
export const MULTI_HEAD_ATTENTION_RULES = {
  M1: 'query has rank 3, or rank 5 when Q, K and V are packed',
  M2: 'a key without a value is packed K and V: (B, L, N, 2, H), with a query of rank 3',
  M3: 'key and value are (B, L, D) and (B, L, Dv), or both (B, N, L, H), with a query of rank 3',
  M4: 'a query alone is packed Q, K and V: (B, S, N, 3, H)',
  M5: 'a value comes with a key',
  M6: 'pastKey and pastValue come together',
  M7: 'pastKey and pastValue are (B, N, P, H), or (B, N, M, H) when they are a shared buffer',
  M8: 'pastSequenceLength is one number, and comes with a past',
  M9: 'packed K and V have no bias',
  M10: 'bias is (2·D + Dv)',
  M11: 'keyPaddingMask is (B), (3·B + 2), (B, T) or (B, S, T)',
  M12: 'attentionBias is (B or 1, N or 1, S, T)',
  ...SHARED_RULES,
  E6: 'the width of query is a multiple of numHeads',
  E7: 'packed Q, K and V have numHeads heads',
  E8: 'the width of value is a multiple of numHeads',
  E11: 'pastSequenceLength leaves room for the new keys in the buffer',
} as const

export type MultiHeadAttentionRule = keyof typeof MULTI_HEAD_ATTENTION_RULES

/** Checks of ONNX Runtime that are limits of its kernels and not of the operator. */
export const MULTI_HEAD_ATTENTION_LIFTED = {
  M13: 'numHeads may be above 1024',
  M14: 'past and present may come together in any way, with every form of Q, K and V',
} as const
