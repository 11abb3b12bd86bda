import { attention } from '../../operators/attention.js'
import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import type { Attributes } from '../../operators/operator.js'
import { packedAttention } from '../../operators/packed-attention.js'
import { packedMultiHeadAttention } from '../../operators/packed-multi-head-attention.js'
import type { ConformanceCase } from '../conformance-case.js'
import type { Edit } from './define-case.js'
import { int32 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { type OperatorCall, operatorCase } from './operator-case.js'

const PROJECTED = { input: [2, 9, 32], weights: [32, 384], bias: [384] }
const PAST = { past: [2, 2, 2, 3, 64] }
const HEADS = { numHeads: 2 }

/** What a mask of Attention keeps. `inputs`: beside the mask, those without a past by default. */
function maskCase(
  name: string,
  meaning: string,
  mask: OperatorCall['inputs'][string],
  keeps: Parameters<typeof keeping>[0],
  {
    inputs = {},
    attributes = {},
  }: { inputs?: OperatorCall['inputs']; attributes?: Attributes } = {},
): ConformanceCase {
  const requested = 'past' in inputs ? ['present'] : []
  const call = {
    inputs: { ...PROJECTED, ...inputs, maskIndex: mask },
    attributes: { ...HEADS, ...attributes },
    requested,
  }
  return operatorCase(name, meaning, attention, call, keeping(keeps))
}

/** A mask without a rule that one could guess, which keeps the first key of each row. */
function scattered(batch: number, row: number, key: number): boolean {
  return key === 0 || (batch * 7 + row * 3 + key * 5) % 4 > 0
}

function scatteredMask(batch: number, rows: number, keys: number): readonly number[] {
  return Array.from({ length: batch * rows * keys }, (_, at) => {
    const row = Math.floor(at / keys)
    return Number(scattered(Math.floor(row / rows), row % rows, at % keys))
  })
}

const NOT_BINARY = [1, 0, -1, 7, 2, -9, 0, 1, 3]
const isKept: Parameters<typeof keeping>[0] = (_batch, _query, key) => NOT_BINARY[key % 9]! > 0

const MASK_FORMS = [
  maskCase(
    'attention-mask-lengths',
    "Attention's mask of B numbers is one of lengths.",
    int32([4, 99]),
    (batch, _, key) => key < [4, 99][batch]!,
  ),
  maskCase(
    'attention-mask-lengths-past',
    'Its lengths count the keys of the past.',
    int32([5, 12]),
    (batch, _, key) => key < [5, 12][batch]!,
    { inputs: PAST },
  ),
  maskCase(
    'attention-mask-ends-and-starts',
    'One of 2·B numbers has the ends of all, then their starts; starts below 0 are 0.',
    int32([7, 9, 2, -3]),
    (batch, _, key) => key < [7, 9][batch]! && key >= [2, -3][batch]!,
  ),
  maskCase(
    'attention-mask-lengths-with-starts',
    'One of 3·B + 2 numbers is one of lengths, its first B.',
    int32([4, 9, 0, 9, 18, 0, 4, 13]),
    (batch, _, key) => key < [4, 9][batch]!,
  ),
  maskCase(
    'attention-mask-2d',
    'One of (B, T) has a value for each key; those above 0 keep theirs.',
    int32([...NOT_BINARY, ...NOT_BINARY], [2, 9]),
    isKept,
  ),
  maskCase(
    'attention-mask-dummy',
    'One of (B, 1) is no mask, whatever it holds.',
    int32([0, 0], [2, 1]),
    () => true,
  ),
  maskCase('attention-mask-dummy-1', 'Nor is one of (1, 1).', int32([0], [1, 1]), () => true),
  maskCase(
    'attention-mask-3d',
    'One of (B, S, T) has a value for each query and key.',
    int32(scatteredMask(2, 9, 9), [2, 9, 9]),
    scattered,
  ),
  maskCase(
    'attention-mask-4d',
    'Of one of (B, 1, M, M), query i has row T - S + i, and key j column j.',
    int32(scatteredMask(2, 15, 15), [2, 1, 15, 15]),
    (batch, query, key) => scattered(batch, 3 + query, key),
    { inputs: PAST },
  ),
  maskCase(
    'attention-mask-lowest',
    'Any filter value up to -1000 excludes, the lowest number of float32 too.',
    int32([4, 7]),
    (batch, _, key) => key < [4, 7][batch]!,
    { attributes: { maskFilterValue: -3.4028234663852886e38 } },
  ),
  maskCase(
    'attention-mask-minus-infinity',
    'And -Infinity.',
    int32([4, 7]),
    (batch, _, key) => key < [4, 7][batch]!,
    { attributes: { maskFilterValue: Number.NEGATIVE_INFINITY } },
  ),
  maskCase(
    'attention-mask-causal',
    'Mask and causal together keep what both keep.',
    int32([4, 9]),
    (batch, query, key) => key < [4, 9][batch]! && key <= query,
    { attributes: { unidirectional: true } },
  ),
]

function attentionCase(
  name: string,
  meaning: string,
  inputs: OperatorCall['inputs'],
  rest: Omit<OperatorCall, 'inputs'>,
  same?: Edit,
): ConformanceCase {
  const attributes = { ...HEADS, ...rest.attributes }
  return operatorCase(name, meaning, attention, { ...rest, inputs, attributes }, same)
}

const BUFFER = { ...PROJECTED, past: [2, 2, 2, 16, 64] }

const ATTENTION_FORMS = [
  attentionCase(
    'attention-projected',
    "Attention's Q, K and V lie side by side in the product of input and weights, where they are read.",
    PROJECTED,
    {},
  ),
  attentionCase(
    'attention-hidden-sizes',
    'V may be of another width than Q and K.',
    { input: [2, 9, 32], weights: [32, 320], bias: [320] },
    { attributes: { qkvHiddenSizes: [128, 128, 64] } },
  ),
  attentionCase(
    'attention-causal-past',
    'Causal, with a past of P keys, query i sees the keys up to P + i.',
    { ...PROJECTED, ...PAST },
    { attributes: { unidirectional: true }, requested: ['present'] },
    keeping((_, query, key) => key <= 3 + query),
  ),
  attentionCase(
    'attention-present',
    'Present may be asked for without a past: keys and values in one tensor, with their bias.',
    PROJECTED,
    { requested: ['present'] },
  ),
  attentionCase(
    'attention-shared-buffer',
    'In a buffer the first pastSequenceLength rows are the past.',
    BUFFER,
    {
      attributes: { pastPresentShareBuffer: true, unidirectional: true },
      scalars: { pastSequenceLength: 5 },
      requested: ['present'],
    },
    keeping((_, query, key) => key <= 5 + query),
  ),
  attentionCase(
    'attention-rotary',
    'Its rotary embedding pairs halves, with a base of 10000, and positions count from the past.',
    { ...PROJECTED, ...PAST },
    { attributes: { doRotary: true }, requested: ['present'] },
  ),
]

const MHA = { query: [2, 9, 128], key: [2, 9, 128], value: [2, 9, 128] }
const MHA_PAST = { pastKey: [2, 2, 3, 64], pastValue: [2, 2, 3, 64] }
const MHA_BUFFER = { pastKey: [2, 2, 16, 64], pastValue: [2, 2, 16, 64] }
const PRESENT = ['presentKey', 'presentValue']

const MULTI_HEAD_FORMS = [
  operatorCase(
    'multi-head-mask-past',
    "MultiHeadAttention's mask of (B, T) covers the keys of the past, too.",
    multiHeadAttention,
    {
      inputs: {
        ...MHA,
        ...MHA_PAST,
        keyPaddingMask: int32(
          Array.from({ length: 24 }, (_, at) => NOT_BINARY[(at % 12) % 9]!),
          [2, 12],
        ),
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

// Three sequences of 3, 0 and 6 tokens, padded to 6.
const PACKING = {
  tokenOffset: int32([0, 1, 2, 12, 13, 14, 15, 16, 17, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 6]),
  cumulativeSequenceLength: int32([0, 3, 3, 9]),
}
const TOKENS = { query: [9, 128], key: [9, 128], value: [9, 128] }

const PACKED_FORMS = [
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

/** What Attention, MultiHeadAttention and the packed operators ask for. */
export const ATTENTION_CASES = [
  ...ATTENTION_FORMS,
  ...MASK_FORMS,
  ...MULTI_HEAD_FORMS,
  ...PACKED_FORMS,
]
