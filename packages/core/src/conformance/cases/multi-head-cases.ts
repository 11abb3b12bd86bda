import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import { int32 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { isKept, notBinaryMask, scattered, scatteredMask } from './mask-patterns.js'
import { operatorCase } from './operator-case.js'

const HEADS = { numHeads: 2 }
const MHA = { query: [2, 9, 128], key: [2, 9, 128], value: [2, 9, 128] }
const MHA_PAST = { pastKey: [2, 2, 3, 64], pastValue: [2, 2, 3, 64] }
const MHA_BUFFER = { pastKey: [2, 2, 16, 64], pastValue: [2, 2, 16, 64] }
const PRESENT = ['presentKey', 'presentValue']

/** What MultiHeadAttention asks for, beside what the other tables show of it. */
export const MULTI_HEAD_CASES = [
  operatorCase(
    'multi-head-mask-past',
    "MultiHeadAttention's mask of (B, T) covers the keys of the past, too.",
    multiHeadAttention,
    {
      inputs: {
        ...MHA,
        ...MHA_PAST,
        keyPaddingMask: int32(notBinaryMask(2, 12), [2, 12]),
      },
      attributes: HEADS,
      requested: PRESENT,
    },
    keeping(isKept),
  ),
  operatorCase(
    'multi-head-mask-3d',
    'And so does one of (B, S, T).',
    multiHeadAttention,
    {
      inputs: { ...MHA, ...MHA_PAST, keyPaddingMask: int32(scatteredMask(2, 9, 12), [2, 9, 12]) },
      attributes: HEADS,
      requested: PRESENT,
    },
    keeping(scattered),
  ),
  operatorCase(
    'multi-head-shared-buffer',
    'With a pastSequenceLength its past is a buffer, too.',
    multiHeadAttention,
    {
      inputs: { ...MHA, ...MHA_BUFFER },
      attributes: { ...HEADS, unidirectional: true },
      scalars: { pastSequenceLength: 4 },
      requested: PRESENT,
    },
    keeping((_, query, key) => key <= 4 + query),
  ),
]
