import { PACKED_SEQUENCE_RULES } from '../packed-sequences.js'
import { SHARED_RULES } from '../shared-rules.js'

/**
 * What a call of PackedMultiHeadAttention must keep to. `P` rules are ONNX Runtime's own checks,
 * numbered in their order there; `E` rules are what it leaves unchecked.
 */
export const PACKED_MULTI_HEAD_ATTENTION_RULES = {
  P1: 'query has rank 2, or rank 4 when Q, K and V are packed',
  P2: 'tokenOffset has rank 2',
  P3: 'a query of rank 4 comes without key and value',
  P4: 'with a query of rank 2, key is (K, D) and value is (K, Dv)',
  P5: 'bias is (2·D + Dv)',
  P6: 'cumulativeSequenceLength is (B + 1)',
  P7: 'attentionBias is (B or 1, N or 1, S, S)',
  ...SHARED_RULES,
  E6: 'the width of query is a multiple of numHeads',
  E7: 'packed Q, K and V are three, of numHeads heads each',
  E8: 'the width of value is a multiple of numHeads',
  ...PACKED_SEQUENCE_RULES,
} as const
