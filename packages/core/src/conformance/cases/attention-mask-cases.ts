import { attention } from '../../operators/attention.js'
import type { Attributes } from '../../operators/operator.js'
import type { ConformanceCase } from '../conformance-case.js'
import { int32 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { isKept, notBinaryMask, scattered, scatteredMask } from './mask-patterns.js'
import { type OperatorCall, operatorCase } from './operator-case.js'

const PROJECTED = { input: [2, 9, 32], weights: [32, 384], bias: [384] }
const PAST = { past: [2, 2, 2, 3, 64] }

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
    attributes: { numHeads: 2, ...attributes },
    requested,
  }
  return operatorCase(name, meaning, attention, call, keeping(keeps))
}

/** The forms of Attention's mask. */
export const ATTENTION_MASK_CASES = [
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
    int32(notBinaryMask(2, 9), [2, 9]),
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
