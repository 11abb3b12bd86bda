import { describe, expect, it } from 'vitest'
import { OPERATORS } from '../src/operators/index.js'
import { packedMultiHeadAttention } from '../src/operators/packed-multi-head-attention.js'
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

// Two sequences of 1 and 2 tokens, S 3, so K 3; N 4, H 8, Hv 6.
const heads = { numHeads: 4 }
const OFFSETS = [0, 3, 4, 1, 2, 5]
const SEQUENCES = { tokenOffset: ints(OFFSETS, 2, 3), cumulativeSequenceLength: ints([0, 1, 3]) }
const SEPARATE: SpecCall = {
  inputs: { query: float(3, 32), key: float(3, 32), value: float(3, 24), ...SEQUENCES },
  attributes: heads,
}
const PACKED: SpecCall = { inputs: { query: float(3, 4, 3, 8), ...SEQUENCES }, attributes: heads }

function but(call: SpecCall, inputs: object, attributes: object = {}): SpecCall {
  return {
    ...call,
    inputs: { ...call.inputs, ...inputs },
    attributes: { ...call.attributes, ...attributes },
  }
}

describe('PackedMultiHeadAttention becomes', () => {
  it('a problem without padding', () => {
    const { problem, roles, outputs } = lower(
      packedMultiHeadAttention,
      but(SEPARATE, { bias: float(88) }),
    )
    expect(problem).toMatchObject({
      operator: 'PackedMultiHeadAttention',
      layout: 'tnh',
      format: 'Q,K,V',
      varlen: true,
      batch: 2,
      seqlenQ: 3,
      seqlenK: 3,
      numHeads: 4,
      headDim: 8,
      headDimV: 6,
      softmaxScale: 1 / Math.sqrt(8),
      projectionBias: { q: true, k: true, v: true },
      mask: null,
      causal: false,
    })
    expect(problem.q).toEqual({ offset: 0, batchStride: 0, seqStride: 32, headStride: 8 })
    expect(roles).toEqual({
      q: 'query',
      k: 'key',
      v: 'value',
      projectionBias: 'bias',
      cuSeqlensQ: 'cumulativeSequenceLength',
      cuSeqlensK: 'cumulativeSequenceLength',
    })
    expect(outputs).toEqual([
      { name: 'output', roles: ['output'], dtype: 'float32', shape: [3, 24] },
    ])
  })

  it('a problem of packed heads, heads outside', () => {
    const { problem, roles } = lower(packedMultiHeadAttention, PACKED)
    expect(problem).toMatchObject({ layout: 'tn3h', format: 'QKV', headDimV: 8 })
    expect(problem.v).toEqual({ offset: 16, batchStride: 0, seqStride: 96, headStride: 24 })
    expect(roles).toMatchObject({ q: 'query', k: 'query', v: 'query' })
  })

  it('a problem with a bias by positions in the padded sequences', () => {
    const viewOf = (...shape: number[]) =>
      lower(packedMultiHeadAttention, but(PACKED, { attentionBias: float(...shape) })).problem
        .attentionBias?.view
    expect(viewOf(2, 4, 3, 3)).toEqual({ offset: 0, batchStride: 36, headStride: 9, rowStride: 3 })
    expect(viewOf(1, 4, 3, 3)).toMatchObject({ batchStride: 0, headStride: 9 })
    expect(viewOf(2, 1, 3, 3)).toMatchObject({ batchStride: 9, headStride: 0 })
  })

  it('a problem without tokens, and without sequences', () => {
    const none = { tokenOffset: ints([0, 1], 1, 2), cumulativeSequenceLength: ints([0, 0]) }
    const call = but(PACKED, { query: float(0, 4, 3, 8), ...none })
    expect(lower(packedMultiHeadAttention, call).outputs[0]?.shape).toEqual([0, 32])
    expect(faultsOf(packedMultiHeadAttention, call)).toEqual([])
    const empty = { tokenOffset: ints([], 0, 2), cumulativeSequenceLength: ints([0]) }
    const nobody = but(PACKED, { query: float(0, 4, 3, 8), ...empty })
    expect(faultsOf(packedMultiHeadAttention, nobody)).toEqual([])
  })
})

const offsets = (...values: number[]) => but(PACKED, { tokenOffset: ints(values, 2, 3) })
const starts = (...values: number[]) => but(PACKED, { cumulativeSequenceLength: ints(values) })

const CASES: Readonly<Record<string, readonly RuleCase[]>> = {
  P1: [
    [
      'query.shape',
      '(2, 3, 32)',
      'rank 2 or 4: (K, D) or (K, N, 3, H)',
      but(SEPARATE, { query: float(2, 3, 32) }),
    ],
  ],
  P2: [['tokenOffset.shape', '(6)', 'rank 2: (B, S)', but(PACKED, { tokenOffset: int(6) })]],
  P3: [
    ['key', 'given with a query of rank 4', 'none', but(PACKED, { key: float(3, 32) })],
    ['value', 'given with a query of rank 4', 'none', but(PACKED, { value: float(3, 32) })],
  ],
  P4: [
    ['key', 'undefined', 'a tensor with a query of rank 2', but(SEPARATE, { key: undefined })],
    ['value', 'undefined', 'a tensor with a query of rank 2', but(SEPARATE, { value: undefined })],
    ['key.shape', '(3, 4, 8)', 'rank 2: (K, D)', but(SEPARATE, { key: float(3, 4, 8) })],
    ['key.shape[0]', '4', '3 (K of query)', but(SEPARATE, { key: float(4, 32) })],
    ['key.shape[1]', '24', '32 (D of query)', but(SEPARATE, { key: float(3, 24) })],
    ['value.shape', '(24)', 'rank 2: (K, Dv)', but(SEPARATE, { value: float(24) })],
    ['value.shape[0]', '2', '3 (K of query)', but(SEPARATE, { value: float(2, 24) })],
  ],
  P5: [
    ['bias.shape', '(1, 88)', 'rank 1: (2·D + Dv)', but(SEPARATE, { bias: float(1, 88) })],
    ['bias.shape[0]', '96', '88 (2·D + Dv)', but(SEPARATE, { bias: float(96) })],
  ],
  P6: [
    [
      'cumulativeSequenceLength.shape',
      '(3, 1)',
      'rank 1: (B + 1)',
      but(PACKED, { cumulativeSequenceLength: int(3, 1) }),
    ],
    [
      'cumulativeSequenceLength.shape[0]',
      '2',
      '3 (B + 1)',
      but(PACKED, { cumulativeSequenceLength: int(2) }),
    ],
  ],
  P7: [
    [
      'attentionBias.shape',
      '(3, 3)',
      'rank 4: (B or 1, N or 1, S, S)',
      but(PACKED, { attentionBias: float(3, 3) }),
    ],
    [
      'attentionBias.shape[0]',
      '3',
      '2 (B, or 1)',
      but(PACKED, { attentionBias: float(3, 1, 3, 3) }),
    ],
    [
      'attentionBias.shape[1]',
      '2',
      '4 (N, or 1)',
      but(PACKED, { attentionBias: float(1, 2, 3, 3) }),
    ],
    ['attentionBias.shape[2]', '2', '3 (S)', but(PACKED, { attentionBias: float(1, 1, 2, 3) })],
    ['attentionBias.shape[3]', '2', '3 (S)', but(PACKED, { attentionBias: float(1, 1, 3, 2) })],
  ],
  E1: [
    [
      'keyPaddingMask',
      'an unknown input',
      'one of query, key, value, bias, tokenOffset, cumulativeSequenceLength, attentionBias',
      but(PACKED, { keyPaddingMask: int(2) }),
    ],
    [
      'unidirectional',
      'an unknown attribute',
      'one of numHeads, maskFilterValue, scale',
      but(PACKED, {}, { unidirectional: 1 }),
    ],
  ],
  E2: [
    ['tokenOffset', 'undefined', 'a tensor', but(PACKED, { tokenOffset: undefined })],
    [
      'cumulativeSequenceLength',
      'undefined',
      'a tensor',
      but(PACKED, { cumulativeSequenceLength: undefined }),
    ],
    ['numHeads', 'undefined', 'a value', but(PACKED, {}, { numHeads: undefined })],
  ],
  E3: [
    [
      'query.shape',
      '(3, 2147483648)',
      'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
      but(SEPARATE, { query: float(3, 2 ** 31) }),
    ],
  ],
  E4: [
    [
      'tokenOffset.dtype',
      '"int64"',
      'int32',
      but(PACKED, { tokenOffset: { dtype: 'int64', shape: [2, 3] } }),
    ],
  ],
  E5: [
    ['scale', '-Infinity', 'a finite number', but(PACKED, {}, { scale: -Infinity })],
    ['numHeads', '"4"', 'an integer', but(PACKED, {}, { numHeads: '4' })],
  ],
  E6: [['query.shape[1]', '32', 'a multiple of 5', but(SEPARATE, {}, { numHeads: 5 })]],
  E7: [
    ['query.shape[1]', '4', '2 (N, numHeads)', but(PACKED, {}, { numHeads: 2 })],
    ['query.shape[2]', '2', '3 (Q, K and V)', but(PACKED, { query: float(3, 4, 2, 8) })],
  ],
  E8: [['value.shape[1]', '30', 'a multiple of 4', but(SEPARATE, { value: float(3, 30) })]],
  E9: [
    ['numHeads', '0', 'at least 1', but(PACKED, {}, { numHeads: 0 })],
    ['query.shape[3]', '0', 'at least 1', but(PACKED, { query: float(3, 4, 3, 0) })],
    [
      'query.shape[1]',
      '0',
      'numHeads, 4, times a head dim of at least 1',
      but(SEPARATE, { query: float(3, 0) }),
    ],
  ],
  E10: [
    [
      'value.dtype',
      '"float16"',
      'float32, the dtype of query',
      but(SEPARATE, { value: { dtype: 'float16', shape: [3, 24] } }),
    ],
  ],
  E12: [
    ['cumulativeSequenceLength[0]', '1', '0', starts(1, 2, 3)],
    ['cumulativeSequenceLength[2]', '1', '2 to 5', starts(0, 2, 1)],
    ['cumulativeSequenceLength[1]', '-1', '0 to 3', starts(0, -1, 3)],
    ['cumulativeSequenceLength[2]', '4', '0 to 3', starts(0, 0, 4)],
    ['cumulativeSequenceLength[2]', '2', '3, the tokens given', starts(0, 1, 2)],
    ['cumulativeSequenceLength[2]', '4', '3, the tokens given', starts(0, 1, 4)],
  ],
  E13: [
    [
      'problem',
      'Infinity',
      'offsets below 2^53',
      {
        inputs: {
          query: float(1, 1, 3, 1),
          tokenOffset: int(1, 2e9),
          cumulativeSequenceLength: int(2),
        },
        attributes: { numHeads: 1 },
      },
    ],
  ],
  E16: [
    [
      'query.shape[0]',
      '7',
      'at most 6, B · S of tokenOffset',
      but(PACKED, { query: float(7, 4, 3, 8) }),
    ],
  ],
  E17: [
    ['tokenOffset[1]', '1', '3', offsets(0, 1, 4, 3, 2, 5)],
    ['tokenOffset[0]', '-1', '0', offsets(-1, 3, 4, 1, 2, 5)],
    ['tokenOffset[2]', '6', '4', offsets(0, 3, 6, 1, 2, 5)],
    ['tokenOffset[2]', '3', '4', offsets(0, 3, 3, 1, 2, 5)],
    ['tokenOffset[3]', '2', '1', offsets(0, 3, 4, 2, 1, 5)],
    ['tokenOffset[5]', '2', '5', offsets(0, 3, 4, 1, 2, 2)],
  ],
}

describeRules(packedMultiHeadAttention, CASES)

describe('PackedMultiHeadAttention', () => {
  it('names every fault at once', () => {
    const faults = faultsOf(packedMultiHeadAttention, {
      inputs: {
        query: float(3, 32),
        key: float(4, 24),
        value: float(3, 30),
        bias: float(1, 1),
        tokenOffset: int(2, 3),
        cumulativeSequenceLength: int(4),
        attentionBias: { dtype: 'float16', shape: [1, 1, 3, 3] },
        x: float(1),
      },
      attributes: { numHeads: 4, scale: Number.NaN },
    })
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'attentionBias.dtype',
      'bias.shape',
      'cumulativeSequenceLength.shape[0]',
      'key.shape[0]',
      'key.shape[1]',
      'scale',
      'value.shape[1]',
      'x',
    ])
  })

  it.each([
    [3, [1, 2, 4], [0, 4, 5, 8, 9, 10, 11, 1, 2, 3, 6, 7]],
    [2, [2, 2], [0, 1, 4, 5, 2, 3, 6, 7]],
    [2, [1, 8], [0, 8, 9, 10, 11, 12, 13, 14, 15, 1, 2, 3, 4, 5, 6, 7]],
  ])('accepts the order of ONNX Runtime: %i sequences of %j tokens', (batch, lengths, order) => {
    const sums = [0, ...lengths.map((_, at) => lengths.slice(0, at + 1).reduce((a, b) => a + b))]
    const inputs = {
      query: float(sums.at(-1)!, 4, 3, 8),
      tokenOffset: ints(order, batch, order.length / batch),
      cumulativeSequenceLength: ints(sums),
    }
    expect(faultsOf(packedMultiHeadAttention, { inputs, attributes: heads })).toEqual([])
  })

  it('is found by its name', () => {
    expect(OPERATORS.get('PackedMultiHeadAttention')).toBe(packedMultiHeadAttention)
  })
})
