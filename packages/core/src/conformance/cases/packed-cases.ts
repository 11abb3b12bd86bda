import { packedAttention } from '../../operators/packed-attention.js'
import { packedMultiHeadAttention } from '../../operators/packed-multi-head-attention.js'
import { int32 } from './index-tensors.js'
import { operatorCase } from './operator-case.js'

const HEADS = { numHeads: 2 }
// Three sequences of 3, 0 and 6 tokens, padded to 6.
const PACKING = {
  tokenOffset: int32([0, 1, 2, 12, 13, 14, 15, 16, 17, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 6]),
  cumulativeSequenceLength: int32([0, 3, 3, 9]),
}
const TOKENS = { query: [9, 128], key: [9, 128], value: [9, 128] }

/** What the packed operators ask for. */
export const PACKED_CASES = [
  operatorCase(
    'packed-multi-head',
    "PackedMultiHeadAttention's sequences see their own keys alone, all of them.",
    packedMultiHeadAttention,
    { inputs: { ...TOKENS, ...PACKING, bias: [384] }, attributes: HEADS },
  ),
  operatorCase(
    'packed-multi-head-packed',
    'Its Q, K and V may be packed, (tokens, N, 3, H).',
    packedMultiHeadAttention,
    { inputs: { query: [9, 2, 3, 64], ...PACKING }, attributes: HEADS },
  ),
  operatorCase(
    'packed-attention-bias',
    'An attention bias of packed operators is (B or 1, N or 1, S, S): each sequence has the corner of its own length.',
    packedMultiHeadAttention,
    { inputs: { ...TOKENS, ...PACKING, attentionBias: [3, 1, 6, 6] }, attributes: HEADS },
  ),
  operatorCase(
    'packed-attention-projected',
    'PackedAttention projects its tokens; V may be of another width.',
    packedAttention,
    {
      inputs: { input: [9, 32], weights: [32, 320], bias: [320], ...PACKING },
      attributes: { ...HEADS, qkvHiddenSizes: [128, 128, 64] },
    },
  ),
]
