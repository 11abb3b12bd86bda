import { describe, expect, it } from 'vitest'
import { OPERATORS } from '../src/operators/index.js'
import { packedAttention } from '../src/operators/packed-attention.js'
import {
  describeRules,
  faultsOf,
  float,
  int,
  ints,
  lower,
  type RuleCase,
  type SpecCall,
} from './support/describe-rules.js'

// Two sequences of 1 and 2 tokens, S 3, so K 3; Di 5, N 4, H 8; UNEQUAL: Hv 6.
const heads = { numHeads: 4 }
const PLAIN: SpecCall = {
  inputs: {
    input: float(3, 5),
    weights: float(5, 96),
    bias: float(96),
    tokenOffset: ints([0, 3, 4, 1, 2, 5], 2, 3),
    cumulativeSequenceLength: ints([0, 1, 3]),
  },
  attributes: heads,
}

function but(call: SpecCall, inputs: object, attributes: object = {}): SpecCall {
  return {
    ...call,
    inputs: { ...call.inputs, ...inputs },
    attributes: { ...call.attributes, ...attributes },
  }
}

const UNEQUAL = but(
  PLAIN,
  { weights: float(5, 88), bias: float(88) },
  { qkvHiddenSizes: [32, 32, 24] },
)

it('PackedAttention becomes a product and a problem without padding', () => {
  const { problem, roles, projection, outputs } = lower(packedAttention, UNEQUAL)
  expect(projection).toEqual({
    input: 'input',
    weights: 'weights',
    dtype: 'float32',
    tokens: 3,
    inputWidth: 5,
    width: 88,
  })
  expect(problem).toMatchObject({
    operator: 'PackedAttention',
    layout: 'tnh',
    varlen: true,
    batch: 2,
    seqlenQ: 3,
    seqlenK: 3,
    headDim: 8,
    headDimV: 6,
    projectionBias: { q: true, k: true, v: true },
  })
  expect(problem.k).toEqual({ offset: 32, batchStride: 0, seqStride: 88, headStride: 8 })
  expect(problem.v).toEqual({ offset: 64, batchStride: 0, seqStride: 88, headStride: 6 })
  expect(roles).toEqual({
    projectionBias: 'bias',
    cuSeqlensQ: 'cumulativeSequenceLength',
    cuSeqlensK: 'cumulativeSequenceLength',
  })
  expect(outputs).toEqual([{ name: 'output', roles: ['output'], dtype: 'float32', shape: [3, 24] }])
})

const CASES: Readonly<Record<string, readonly RuleCase[]>> = {
  PA1: [['input.shape', '(1, 3, 5)', 'rank 2: (K, Di)', but(PLAIN, { input: float(1, 3, 5) })]],
  PA2: [
    ['tokenOffset.shape', '(2, 3, 1)', 'rank 2: (B, S)', but(PLAIN, { tokenOffset: int(2, 3, 1) })],
  ],
  PA3: [['bias.shape', '(96, 1)', 'rank 1: (2·D + Dv)', but(PLAIN, { bias: float(96, 1) })]],
  PA4: [['weights.shape', '(480)', 'rank 2: (Di, 2·D + Dv)', but(PLAIN, { weights: float(480) })]],
  PA5: [['weights.shape[0]', '4', '5 (Di of input)', but(PLAIN, { weights: float(4, 96) })]],
  PA6: [['bias.shape[0]', '88', '96 (the columns of weights)', but(PLAIN, { bias: float(88) })]],
  PA7: [
    [
      'cumulativeSequenceLength.shape',
      '(1, 3)',
      'rank 1: (B + 1)',
      but(PLAIN, { cumulativeSequenceLength: int(1, 3) }),
    ],
    [
      'cumulativeSequenceLength.shape[0]',
      '4',
      '3 (B + 1)',
      but(PLAIN, { cumulativeSequenceLength: int(4) }),
    ],
  ],
  PA8: [
    ['qkvHiddenSizes', '1 sizes', '3: of Q, K and V', but(PLAIN, {}, { qkvHiddenSizes: [96] })],
    [
      'qkvHiddenSizes[0]',
      '30',
      'a multiple of 4, numHeads',
      but(PLAIN, {}, { qkvHiddenSizes: [30, 30, 36] }),
    ],
    [
      'weights.shape[1]',
      '96',
      'a multiple of 9: Q, K and V of numHeads heads each',
      but(PLAIN, {}, { numHeads: 3 }),
    ],
  ],
  PA9: [['qkvHiddenSizes[1]', '24', '32, as Q', but(PLAIN, {}, { qkvHiddenSizes: [32, 24, 40] })]],
  PA10: [
    ['bias.shape[0]', '96', '88 (Dq + Dk + Dv)', but(UNEQUAL, { bias: float(96) })],
    ['weights.shape[1]', '96', '88 (Dq + Dk + Dv)', but(UNEQUAL, { weights: float(5, 96) })],
  ],
  PA11: [
    ['attentionBias.shape[3]', '2', '3 (S)', but(PLAIN, { attentionBias: float(1, 1, 3, 2) })],
    [
      'attentionBias.shape[1]',
      '3',
      '4 (N, or 1)',
      but(PLAIN, { attentionBias: float(2, 3, 3, 3) }),
    ],
  ],
  E1: [
    [
      'maskFilterValue',
      'an unknown attribute',
      'one of numHeads, qkvHiddenSizes, scale',
      but(PLAIN, {}, { maskFilterValue: -1 }),
    ],
  ],
  E2: [['bias', 'undefined', 'a tensor', but(PLAIN, { bias: undefined })]],
  E3: [
    [
      'input.shape',
      '(3, 0.5)',
      'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
      but(PLAIN, { input: float(3, 0.5) }),
    ],
  ],
  E4: [
    [
      'cumulativeSequenceLength.dtype',
      '"float32"',
      'int32',
      but(PLAIN, { cumulativeSequenceLength: float(3) }),
    ],
  ],
  E5: [
    [
      'qkvHiddenSizes',
      'an array of 3',
      'a list of integers',
      but(PLAIN, {}, { qkvHiddenSizes: [32, 32, 1.5] }),
    ],
  ],
  E9: [['numHeads', '-4', 'at least 1', but(PLAIN, {}, { numHeads: -4 })]],
  E10: [
    [
      'bias.dtype',
      '"bfloat16"',
      'float32, the dtype of input',
      but(PLAIN, { bias: { dtype: 'bfloat16', shape: [96] } }),
    ],
  ],
  E12: [
    [
      'cumulativeSequenceLength[2]',
      '2',
      '3, the tokens given',
      but(PLAIN, { cumulativeSequenceLength: ints([0, 1, 2]) }),
    ],
    [
      'cumulativeSequenceLength[1]',
      '4',
      '0 to 3',
      but(PLAIN, { cumulativeSequenceLength: ints([0, 4, 3]) }),
    ],
  ],
  E13: [
    [
      'problem',
      'Infinity',
      'offsets below 2^53',
      {
        inputs: {
          input: float(1, 1),
          weights: float(1, 3),
          bias: float(3),
          tokenOffset: int(1, 2e9),
          cumulativeSequenceLength: int(2),
        },
        attributes: { numHeads: 1 },
      },
    ],
  ],
  E16: [
    ['input.shape[0]', '8', 'at most 6, B · S of tokenOffset', but(PLAIN, { input: float(8, 5) })],
  ],
  E17: [['tokenOffset[4]', '0', '2', but(PLAIN, { tokenOffset: ints([0, 3, 4, 1, 0, 5], 2, 3) })]],
}

describeRules(packedAttention, CASES)

describe('PackedAttention', () => {
  it('accepts what is right', () => {
    expect(faultsOf(packedAttention, PLAIN)).toEqual([])
    expect(faultsOf(packedAttention, UNEQUAL)).toEqual([])
  })

  it('is found by its name', () => {
    expect(OPERATORS.get('PackedAttention')).toBe(packedAttention)
  })
})
