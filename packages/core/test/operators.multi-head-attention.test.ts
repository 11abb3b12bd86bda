import { describe, expect, it } from 'vitest'
import { type Fault, isAttentionError } from '../src/errors/attention-error.js'
import { OPERATORS } from '../src/operators/index.js'
import {
  MULTI_HEAD_ATTENTION_RULES,
  type MultiHeadAttentionRule,
} from '../src/operators/multi-head-attention/rules.js'
import { multiHeadAttention } from '../src/operators/multi-head-attention.js'
import type { Attributes, Scalars, Specs, TensorSpec } from '../src/operators/operator.js'
import { tensor } from '../src/tensor/host-tensor.js'

const float = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape })
const int = (...shape: number[]): TensorSpec => ({ dtype: 'int32', shape })

// B 2, S 3, L 5, N 4, H 8, Hv 6.
const QUERY = float(2, 3, 32)
const SEPARATE = { query: QUERY, key: float(2, 5, 32), value: float(2, 5, 24) }
const EQUAL = { query: QUERY, key: float(2, 5, 32), value: float(2, 5, 32) }
const PACKED_KV = { query: QUERY, key: float(2, 5, 4, 2, 8) }
const PACKED = { query: float(2, 3, 4, 3, 8) }
const HEADS_FIRST = { query: QUERY, key: float(2, 4, 5, 8), value: float(2, 4, 5, 8) }
const PAST = { ...EQUAL, pastKey: float(2, 4, 7, 8), pastValue: float(2, 4, 7, 8) }

function lower(
  specs: object,
  attributes: object = { numHeads: 4 },
  requested: string[] = [],
  scalars: object = {},
) {
  const [given, set] = [specs as Specs, new Set(requested)]
  return multiHeadAttention.lower(given, attributes as Attributes, scalars as Scalars, set)
}

function faultsOf(...call: Parameters<typeof lower>): readonly Fault[] {
  try {
    lower(...call)
  } catch (error) {
    if (isAttentionError(error) && error.code === 'invalid-argument') return error.details.faults!
    throw error
  }
  return []
}

describe('MultiHeadAttention recognises', () => {
  it('Q, K, V', () => {
    const { problem, roles, outputs } = lower(SEPARATE)
    expect(problem).toMatchObject({
      operator: 'MultiHeadAttention',
      dtype: 'float32',
      layout: 'bsnh',
      format: 'Q,K,V',
      batch: 2,
      seqlenQ: 3,
      seqlenK: 5,
      numHeads: 4,
      numHeadsKv: 4,
      headDim: 8,
      headDimV: 6,
      softmaxScale: 1 / Math.sqrt(8),
      causal: false,
      mask: null,
      emptyRows: 'ignore-mask',
      present: false,
    })
    expect(roles).toEqual({ q: 'query', k: 'key', v: 'value' })
    expect(outputs).toEqual([
      { name: 'output', roles: ['output'], dtype: 'float32', shape: [2, 3, 24] },
    ])
  })

  it('Q and packed K and V, heads outside', () => {
    const { problem, roles } = lower(PACKED_KV)
    expect(problem).toMatchObject({ layout: 'bsn2h', format: 'Q,KV', seqlenK: 5, headDimV: 8 })
    expect(problem.v).toEqual({ offset: 8, batchStride: 320, seqStride: 64, headStride: 16 })
    expect(roles).toEqual({ q: 'query', k: 'key', v: 'key' })
  })

  it('packed Q, K and V, heads outside', () => {
    const { problem, roles } = lower(PACKED)
    expect(problem).toMatchObject({ layout: 'bsn3h', format: 'QKV', seqlenK: 3 })
    expect(problem.k).toEqual({ offset: 8, batchStride: 288, seqStride: 96, headStride: 24 })
    expect(roles).toEqual({ q: 'query', k: 'query', v: 'query' })
  })

  it('keys and values with heads first, of which the bias leaves out K and V', () => {
    const { problem } = lower({ ...HEADS_FIRST, bias: float(96) })
    expect(problem).toMatchObject({ layout: 'bsnh', seqlenK: 5 })
    expect(problem.k).toEqual({ offset: 0, batchStride: 160, seqStride: 8, headStride: 40 })
    expect(problem.projectionBias).toEqual({ q: true, k: false, v: false })
  })

  it('every mask', () => {
    const maskOf = (shape: number[], attributes = {}) =>
      lower({ ...PAST, keyPaddingMask: int(...shape) }, { numHeads: 4, ...attributes }).problem.mask
    expect(maskOf([2])).toEqual({ kind: 'lengths', dtype: 'int32', filterValue: -10000 })
    expect(maskOf([8])).toMatchObject({ kind: 'lengths' })
    expect(maskOf([2, 12], { maskFilterValue: -5 })).toEqual({
      kind: '2d',
      dtype: 'int32',
      filterValue: -5,
      view: { offset: 0, batchStride: 12, headStride: 0, rowStride: 0 },
    })
    expect(maskOf([2, 3, 12])?.view).toMatchObject({ batchStride: 36, rowStride: 12 })
  })

  it('attention bias, broadcast or not', () => {
    const viewOf = (...shape: number[]) =>
      lower({ ...SEPARATE, attentionBias: float(...shape) }).problem.attentionBias?.view
    expect(viewOf(2, 4, 3, 5)).toEqual({ offset: 0, batchStride: 60, headStride: 15, rowStride: 5 })
    expect(viewOf(1, 4, 3, 5)).toMatchObject({ batchStride: 0, headStride: 15 })
    expect(viewOf(2, 1, 3, 5)).toMatchObject({ batchStride: 15, headStride: 0 })
    expect(viewOf(1, 1, 3, 5)).toMatchObject({ batchStride: 0, headStride: 0 })
  })

  it('a past, and a diagonal that it shifts', () => {
    const attributes = { numHeads: 4, unidirectional: 1 }
    const { problem, roles, outputs } = lower(PAST, attributes, [
      'presentKey',
      'presentValue',
      'qk',
    ])
    expect(problem).toMatchObject({
      seqlenK: 12,
      past: { seqlen: 7, bufferLength: null },
      present: true,
      causal: true,
      causalOffset: 7,
      qkOutput: 'biased',
      qkHidden: 'lowest',
    })
    expect(roles).toMatchObject({ pastKey: 'pastKey', pastValue: 'pastValue' })
    expect(outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['output', [2, 3, 32]],
      ['presentKey', [2, 4, 12, 8]],
      ['presentValue', [2, 4, 12, 8]],
      ['qk', [2, 4, 3, 12]],
    ])
    expect(lower(EQUAL, attributes).problem).toMatchObject({ causal: true, causalOffset: 0 })
  })

  it('a shared buffer', () => {
    const scalars = { pastSequenceLength: 2 }
    const { problem, outputs } = lower(PAST, { numHeads: 4 }, ['presentKey'], scalars)
    expect(problem).toMatchObject({ seqlenK: 7, past: { seqlen: 2, bufferLength: 7 } })
    expect(outputs[1]?.shape).toEqual([2, 4, 7, 8])
  })

  it('a past with packed and with 4-D keys, and a present without a past', () => {
    const past = { pastKey: float(2, 4, 7, 8), pastValue: float(2, 4, 7, 8) }
    expect(lower({ ...PACKED, ...past }).problem.seqlenK).toBe(10)
    expect(lower({ ...PACKED_KV, ...past }).problem.seqlenK).toBe(12)
    expect(lower({ ...HEADS_FIRST, ...past }).problem.seqlenK).toBe(12)
    expect(lower(EQUAL, { numHeads: 4 }, ['presentKey']).outputs).toHaveLength(3)
  })

  it('scales: 0 is the default, negative ones are legal', () => {
    const scaleOf = (scale: number) => lower(EQUAL, { numHeads: 4, scale }).problem.softmaxScale
    expect(scaleOf(0)).toBe(1 / Math.sqrt(8))
    expect(scaleOf(-0.5)).toBe(-0.5)
  })

  it('more than 1024 heads, and no keys', () => {
    const query = float(1, 1, 2048)
    expect(lower({ query, key: query, value: query }, { numHeads: 2048 }).problem.headDim).toBe(1)
    const none = float(2, 0, 32)
    expect(lower({ query: QUERY, key: none, value: none }).problem.seqlenK).toBe(0)
  })
})

type Case = [
  rule: MultiHeadAttentionRule,
  path: string,
  found: string,
  required: string,
  call: Parameters<typeof lower>,
]
const heads = { numHeads: 4 }

const CASES: Case[] = [
  [
    'M1',
    'query.shape',
    '(2, 32)',
    'rank 3 or 5: (B, S, D) or (B, S, N, 3, H)',
    [{ query: float(2, 32) }],
  ],
  [
    'M2',
    'query.shape',
    '(2, 3, 4, 3, 8)',
    'rank 3: (B, S, D)',
    [{ ...PACKED, key: PACKED_KV.key }],
  ],
  [
    'M2',
    'key.shape',
    '(2, 5, 32)',
    'rank 5: (B, L, N, 2, H)',
    [{ query: QUERY, key: float(2, 5, 32) }],
  ],
  ['M2', 'key.shape[0]', '1', '2 (B of query)', [{ query: QUERY, key: float(1, 5, 4, 2, 8) }]],
  ['M2', 'key.shape[2]', '2', '4 (N, numHeads)', [{ query: QUERY, key: float(2, 5, 2, 2, 8) }]],
  ['M2', 'key.shape[3]', '3', '2 (K and V)', [{ query: QUERY, key: float(2, 5, 4, 3, 8) }]],
  ['M2', 'key.shape[4]', '9', '8 (H of query)', [{ query: QUERY, key: float(2, 5, 4, 2, 9) }]],
  ['M3', 'query.shape', '(2, 3, 4, 3, 8)', 'rank 3: (B, S, D)', [{ ...EQUAL, ...PACKED }]],
  [
    'M3',
    'key.shape',
    '(2, 32)',
    'rank 3 or 4: (B, L, D) or (B, N, L, H)',
    [{ ...EQUAL, key: float(2, 32) }],
  ],
  [
    'M3',
    'value.shape',
    '(2, 4, 5, 8)',
    'rank 3: (B, L, Dv)',
    [{ ...EQUAL, value: HEADS_FIRST.value }],
  ],
  ['M3', 'key.shape[0]', '3', '2 (B of query)', [{ ...EQUAL, key: float(3, 5, 32) }]],
  ['M3', 'value.shape[0]', '3', '2 (B of query)', [{ ...EQUAL, value: float(3, 5, 32) }]],
  ['M3', 'key.shape[2]', '24', '32 (D of query)', [{ ...EQUAL, key: float(2, 5, 24) }]],
  ['M3', 'value.shape[1]', '6', '5 (L of key)', [{ ...EQUAL, value: float(2, 6, 32) }]],
  ['M3', 'key.shape[1]', '5', '4 (N, numHeads)', [{ ...HEADS_FIRST, key: float(2, 5, 5, 8) }]],
  ['M3', 'key.shape[3]', '7', '8 (H of query)', [{ ...HEADS_FIRST, key: float(2, 4, 5, 7) }]],
  ['M3', 'value.shape[3]', '6', '8 (H of query)', [{ ...HEADS_FIRST, value: float(2, 4, 5, 6) }]],
  ['M3', 'value.shape[2]', '6', '5 (L of key)', [{ ...HEADS_FIRST, value: float(2, 4, 6, 8) }]],
  ['M4', 'query.shape', '(2, 3, 32)', 'rank 5: (B, S, N, 3, H)', [{ query: QUERY }]],
  ['M4', 'query.shape[3]', '2', '3 (Q, K and V)', [{ query: float(2, 3, 4, 2, 8) }]],
  ['M5', 'key', 'undefined', 'a key with value', [{ query: QUERY, value: EQUAL.value }]],
  [
    'M6',
    'pastValue',
    'undefined',
    'pastKey and pastValue, or neither',
    [{ ...EQUAL, pastKey: PAST.pastKey }],
  ],
  [
    'M6',
    'pastKey',
    'undefined',
    'pastKey and pastValue, or neither',
    [{ ...EQUAL, pastValue: PAST.pastValue }],
  ],
  [
    'M7',
    'pastKey.shape',
    '(2, 7, 32)',
    'rank 4: (B, N, P, H) or (B, N, M, H)',
    [{ ...PAST, pastKey: float(2, 7, 32) }],
  ],
  ['M7', 'pastKey.shape[0]', '1', '2 (B of query)', [{ ...PAST, pastKey: float(1, 4, 7, 8) }]],
  ['M7', 'pastValue.shape[1]', '3', '4 (N, numHeads)', [{ ...PAST, pastValue: float(2, 3, 7, 8) }]],
  [
    'M7',
    'pastValue.shape[2]',
    '6',
    '7 (P of pastKey)',
    [{ ...PAST, pastValue: float(2, 4, 6, 8) }],
  ],
  ['M7', 'pastKey.shape[3]', '9', '8 (H of query)', [{ ...PAST, pastKey: float(2, 4, 7, 9) }]],
  ['M7', 'value.shape[2]', '24', 'D of query with a past', [{ ...PAST, value: float(2, 5, 24) }]],
  [
    'M8',
    'pastKey',
    'undefined',
    'a past with pastSequenceLength',
    [EQUAL, heads, [], { pastSequenceLength: 1 }],
  ],
  [
    'M8',
    'pastSequenceLength.shape',
    '2',
    '1 element',
    [{ ...PAST, pastSequenceLength: int(2) }, heads, [], { pastSequenceLength: 1 }],
  ],
  [
    'M8',
    'pastSequenceLength',
    'undefined',
    'an integer known on the host',
    [{ ...PAST, pastSequenceLength: int(1) }],
  ],
  ['M9', 'bias', 'a bias with packed K and V', 'none', [{ ...PACKED_KV, bias: float(96) }]],
  ['M10', 'bias.shape', '(1, 88)', 'rank 1: (2·D + Dv)', [{ ...SEPARATE, bias: float(1, 88) }]],
  ['M10', 'bias.shape[0]', '96', '88 (2·D + Dv)', [{ ...SEPARATE, bias: float(96) }]],
  [
    'M11',
    'keyPaddingMask.shape',
    '(2, 4)',
    '(B), (3·B + 2), (B, T) or (B, S, T): (2), (8), (2, 5), (2, 3, 5)',
    [{ ...SEPARATE, keyPaddingMask: int(2, 4) }],
  ],
  [
    'M11',
    'keyPaddingMask.shape',
    '(4)',
    '(B), (3·B + 2), (B, T) or (B, S, T): (2), (8), (2, 12), (2, 3, 12)',
    [{ ...PAST, keyPaddingMask: int(4) }],
  ],
  [
    'M11',
    'keyPaddingMask.shape',
    '(2, 5)',
    '(B), (3·B + 2), (B, T) or (B, S, T): (2), (8), (2, 12), (2, 3, 12)',
    [{ ...PAST, keyPaddingMask: int(2, 5) }],
  ],
  [
    'M12',
    'attentionBias.shape',
    '(3, 5)',
    'rank 4: (B or 1, N or 1, S, T)',
    [{ ...SEPARATE, attentionBias: float(3, 5) }],
  ],
  [
    'M12',
    'attentionBias.shape[0]',
    '3',
    '2 (B, or 1)',
    [{ ...SEPARATE, attentionBias: float(3, 4, 3, 5) }],
  ],
  [
    'M12',
    'attentionBias.shape[1]',
    '2',
    '4 (N, or 1)',
    [{ ...SEPARATE, attentionBias: float(2, 2, 3, 5) }],
  ],
  [
    'M12',
    'attentionBias.shape[2]',
    '1',
    '3 (S)',
    [{ ...SEPARATE, attentionBias: float(2, 4, 1, 5) }],
  ],
  [
    'M12',
    'attentionBias.shape[3]',
    '3',
    '5 (T, past and new keys)',
    [{ ...SEPARATE, attentionBias: float(2, 4, 3, 3) }],
  ],
  [
    'E1',
    'querry',
    'an unknown input',
    'one of query, key, value, bias, keyPaddingMask, attentionBias, pastKey, pastValue, pastSequenceLength, cacheIndirection',
    [{ ...EQUAL, querry: QUERY }],
  ],
  [
    'E1',
    'num_heads',
    'an unknown attribute',
    'one of numHeads, unidirectional, maskFilterValue, scale',
    [EQUAL, { ...heads, num_heads: 4 }],
  ],
  [
    'E1',
    'present',
    'an unknown output',
    'one of output, presentKey, presentValue, qk',
    [EQUAL, heads, ['present']],
  ],
  ['E2', 'query', 'undefined', 'a tensor', [{ key: EQUAL.key, value: EQUAL.value }]],
  ['E2', 'numHeads', 'undefined', 'a value', [EQUAL, {}]],
  [
    'E3',
    'key.shape',
    '(2, -5, 32)',
    'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
    [{ ...EQUAL, key: float(2, -5, 32) }],
  ],
  [
    'E3',
    'key.shape',
    '(2147483648)',
    'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
    [{ ...EQUAL, key: float(2 ** 31) }],
  ],
  [
    'E3',
    'query.shape',
    '(2000000000, 2000000000, 32)',
    'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
    [{ ...EQUAL, query: float(2e9, 2e9, 32) }],
  ],
  [
    'E4',
    'key.dtype',
    '"int8"',
    'float32, float16, bfloat16, float64',
    [{ ...EQUAL, key: { dtype: 'int8', shape: [2, 5, 32] } }],
  ],
  [
    'E4',
    'keyPaddingMask.dtype',
    '"float32"',
    'int32, int64, bool, uint8',
    [{ ...EQUAL, keyPaddingMask: float(2, 5) }],
  ],
  ['E5', 'numHeads', '4.5', 'an integer', [EQUAL, { numHeads: 4.5 }]],
  [
    'E5',
    'unidirectional',
    '2',
    'true or false, or 1 or 0',
    [EQUAL, { ...heads, unidirectional: 2 }],
  ],
  ['E5', 'scale', 'NaN', 'a number', [EQUAL, { ...heads, scale: Number.NaN }]],
  [
    'E5',
    'scale',
    'Infinity',
    'a finite number',
    [EQUAL, { ...heads, scale: Number.POSITIVE_INFINITY }],
  ],
  [
    'E5',
    'maskFilterValue',
    'Infinity',
    'a number below Infinity',
    [EQUAL, { ...heads, maskFilterValue: Number.POSITIVE_INFINITY }],
  ],
  ['E6', 'query.shape[2]', '32', 'a multiple of 5', [EQUAL, { numHeads: 5 }]],
  ['E7', 'query.shape[2]', '4', '2 (N, numHeads)', [PACKED, { numHeads: 2 }]],
  ['E8', 'value.shape[2]', '30', 'a multiple of 4', [{ ...EQUAL, value: float(2, 5, 30) }]],
  ['E9', 'numHeads', '0', 'at least 1', [EQUAL, { numHeads: 0 }]],
  [
    'E9',
    'query.shape[2]',
    '0',
    'numHeads, 4, times a head dim of at least 1',
    [{ ...EQUAL, query: float(2, 3, 0) }],
  ],
  ['E9', 'query.shape[4]', '0', 'at least 1', [{ query: float(2, 3, 4, 3, 0) }]],
  [
    'E10',
    'value.dtype',
    '"float16"',
    'float32, the dtype of query',
    [{ ...EQUAL, value: { dtype: 'float16', shape: [2, 5, 32] } }],
  ],
  [
    'E10',
    'keyPaddingMask.dtype',
    '"bool"',
    'int32 for lengths',
    [{ ...EQUAL, keyPaddingMask: { dtype: 'bool', shape: [2] } }],
  ],
  [
    'E11',
    'pastSequenceLength',
    '3',
    '0 to 2: M - L, 7 - 5',
    [PAST, heads, [], { pastSequenceLength: 3 }],
  ],
  [
    'E11',
    'pastSequenceLength',
    '-1',
    '0 to 2: M - L, 7 - 5',
    [PAST, heads, [], { pastSequenceLength: -1 }],
  ],
  [
    'E13',
    'problem',
    'Infinity',
    'offsets below 2^53',
    [{ query: float(1, 2e9, 1), key: float(1, 2e9, 1), value: float(1, 2e9, 1) }, { numHeads: 1 }],
  ],
]

describe('MultiHeadAttention refuses by rule', () => {
  it.each(CASES)('%s: %s', (rule, path, found, required, call) => {
    expect(faultsOf(...call)).toContainEqual({ path, found, required, rule })
  })

  it.each([
    ['keyPaddingMask[1]', '-1', '0 or more', [3, -1]],
    ['keyPaddingMask[4]', '2', 'at least 4', [3, 5, 0, 4, 2, 0, 5, 10]],
    ['keyPaddingMask[2]', '1', '0', [3, 5, 1, 3, 6, 0, 5, 10]],
    ['keyPaddingMask[7]', '4', 'at least 5', [3, 5, 0, 3, 6, 0, 5, 4]],
  ])('E12: %s', (path, found, required, values) => {
    const keyPaddingMask = tensor(Int32Array.from(values), [values.length])
    const lowered = lower({ ...EQUAL, keyPaddingMask: int(values.length) })
    const faults = multiHeadAttention.checkValues({ keyPaddingMask }, lowered)
    expect(faults).toEqual([{ path, found, required, rule: 'E12' }])
  })

  it('has a test for each of its rules', () => {
    const tested = new Set([...CASES.map(([rule]) => rule), 'E12'])
    expect([...tested].sort()).toEqual(Object.keys(MULTI_HEAD_ATTENTION_RULES).sort())
  })

  it('names every fault at once, and says which operator', () => {
    const call = () =>
      lower(
        {
          ...PAST,
          key: float(3, 5, 32),
          bias: float(7),
          attentionBias: float(2, 9, 3, 1),
          x: QUERY,
        },
        { numHeads: 4, scale: 'big', unidirectional: true },
        ['nothing'],
      )
    expect(faultsOf({})).toHaveLength(1)
    expect(call).toThrow(/^MultiHeadAttention: \d faults/)
    try {
      call()
    } catch (error) {
      const { faults } = (error as { details: { faults: Fault[] } }).details
      expect(faults.map(({ path }) => path).sort()).toEqual([
        'attentionBias.shape[1]',
        'attentionBias.shape[3]',
        'bias.shape[0]',
        'key.shape[0]',
        'nothing',
        'scale',
        'x',
      ])
    }
  })

  it('refuses cache indirection as not supported yet', () => {
    const call = () => lower({ ...PAST, cacheIndirection: int(2, 1, 7) })
    expect(call).toThrow(expect.objectContaining({ code: 'no-backend-supports' }))
    expect(call).toThrow(/cacheIndirection: found .*, which is not supported yet/)
  })

  it('accepts lengths past the keys, which are clamped', () => {
    const keyPaddingMask = tensor(Int32Array.of(9, 0), [2])
    const lowered = lower({ ...EQUAL, keyPaddingMask: int(2) })
    expect(multiHeadAttention.checkValues({ keyPaddingMask }, lowered)).toEqual([])
  })
})

it('OPERATORS finds operators by name', () => {
  expect(OPERATORS.get('MultiHeadAttention')).toBe(multiHeadAttention)
})
