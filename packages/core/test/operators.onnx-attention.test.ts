import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { toFloat16 } from '../src/numeric/float16.js'
import { OPERATORS } from '../src/operators/index.js'
import { onnxAttention } from '../src/operators/onnx-attention.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import {
  describeLifted,
  describeRules,
  faultsOf,
  float,
  lower,
  type RuleCase,
  type SpecCall,
} from './support/describe-rules.js'

// B 2, Nq 6, Nk 3, S 4, L 5, H 8, Hv 10; PAST: P 7.
const RANK4 = { q: float(2, 6, 4, 8), k: float(2, 3, 5, 8), v: float(2, 3, 5, 10) }
const RANK3 = { q: float(2, 4, 48), k: float(2, 5, 24), v: float(2, 5, 30) }
const HEADS = { qNumHeads: 6, kvNumHeads: 3 }
const PAST = { pastKey: float(2, 3, 7, 8), pastValue: float(2, 3, 7, 10) }
const FIRST: SpecCall = { inputs: RANK4 }
const SIDE: SpecCall = { inputs: RANK3, attributes: HEADS }
const NONPAD = { nonpadKvSeqlen: { dtype: 'int64', shape: [2] } }

function but(call: SpecCall, inputs: object, attributes: object = {}, requested: string[] = []) {
  return {
    inputs: { ...call.inputs, ...inputs },
    attributes: { ...call.attributes, ...attributes },
    requested,
  }
}

const bool = (...shape: number[]) => ({ dtype: 'bool', shape })
const longs = (...values: number[]) => tensor(BigInt64Array.from(values, BigInt), [values.length])
const problemOf = (call: SpecCall) => lower(onnxAttention, call).problem

describe("ONNX's Attention becomes", () => {
  it('heads first, with rank 4', () => {
    const { problem, roles, derived, outputs } = lower(onnxAttention, FIRST)
    expect(problem).toMatchObject({
      operator: 'ai.onnx::Attention',
      layout: 'bnsh',
      batch: 2,
      seqlenQ: 4,
      seqlenK: 5,
      numHeads: 6,
      numHeadsKv: 3,
      headDim: 8,
      headDimV: 10,
      softmaxScale: 1 / Math.sqrt(8),
      emptyRows: 'zero',
      qkHidden: '-inf',
      keyLengths: null,
    })
    expect(problem.q).toEqual({ offset: 0, batchStride: 192, seqStride: 8, headStride: 32 })
    expect(problem.v).toEqual({ offset: 0, batchStride: 150, seqStride: 10, headStride: 50 })
    expect(problem.output).toEqual({ offset: 0, batchStride: 240, seqStride: 10, headStride: 40 })
    expect(roles).toEqual({ q: 'q', k: 'k', v: 'v' })
    expect(derived).toEqual({})
    expect(outputs).toEqual([
      { name: 'output', roles: ['output'], dtype: 'float32', shape: [2, 6, 4, 10] },
    ])
  })

  it('heads side by side, with rank 3', () => {
    const { problem, outputs } = lower(onnxAttention, SIDE)
    expect(problem).toMatchObject({ layout: 'bsnh', numHeads: 6, numHeadsKv: 3, headDimV: 10 })
    expect(problem.k).toEqual({ offset: 0, batchStride: 120, seqStride: 24, headStride: 8 })
    expect(outputs[0]?.shape).toEqual([2, 4, 60])
  })

  it('a mask of any shape that broadcasts', () => {
    const viewOf = (...shape: number[]) => problemOf(but(FIRST, { attnMask: bool(...shape) })).mask
    const strides = (batchStride: number, headStride: number, rowStride: number) => ({
      kind: '4d',
      dtype: 'bool',
      filterValue: Number.NEGATIVE_INFINITY,
      view: { offset: 0, batchStride, headStride, rowStride },
    })
    expect(viewOf(5)).toEqual(strides(0, 0, 0))
    expect(viewOf(1, 5)).toEqual(strides(0, 0, 0))
    expect(viewOf(4, 5)).toEqual(strides(0, 0, 5))
    expect(viewOf(6, 4, 5)).toEqual(strides(0, 20, 5))
    expect(viewOf(6, 1, 5)).toEqual(strides(0, 5, 0))
    expect(viewOf(2, 1, 4, 5)).toEqual(strides(20, 0, 5))
    expect(viewOf(2, 6, 4, 5)).toEqual(strides(120, 20, 5))
    expect(viewOf(1, 6, 1, 5)).toEqual(strides(0, 5, 0))
  })

  it('a bias, of a mask that is no bool', () => {
    const { problem, roles } = lower(onnxAttention, but(FIRST, { attnMask: float(2, 1, 4, 5) }))
    expect(problem.mask).toBeNull()
    expect(problem.attentionBias).toEqual({
      dtype: 'float32',
      view: { offset: 0, batchStride: 20, headStride: 0, rowStride: 5 },
    })
    expect(roles.attentionBias).toBe('attnMask')
  })

  it('fewer keys, of a mask that is short', () => {
    const { problem, roles } = lower(onnxAttention, but(FIRST, { attnMask: bool(4, 3) }))
    expect(problem).toMatchObject({ seqlenK: 3, mask: { view: { rowStride: 3 } } })
    expect(problem.k).toMatchObject({ batchStride: 120, headStride: 40 })
    expect(roles.mask).toBe('attnMask')
  })

  it.each([
    ['a past', PAST, ['presentKey']],
    ['present', {}, ['presentKey']],
    ['scores', {}, ['qkMatmulOutput']],
  ])('all keys beside %s, of a mask that is short and padded', (_, inputs, requested) => {
    const call = but(FIRST, { ...inputs, attnMask: float(6, 1, 3) }, {}, requested)
    const { problem, roles, derived, outputs } = lower(onnxAttention, call)
    const total = 'pastKey' in inputs ? 12 : 5
    expect(problem.seqlenK).toBe(total)
    expect(problem.attentionBias?.view).toMatchObject({ headStride: total, rowStride: 0 })
    expect(derived).toEqual({ attentionBias: { kind: 'pad', input: 'attnMask', width: total } })
    expect(roles.attentionBias).toBeUndefined()
    for (const { name, shape } of outputs.slice(1)) {
      expect(shape[name === 'qkMatmulOutput' ? 3 : 2]).toBe(total)
    }
  })

  it('a past, with a diagonal that it shifts', () => {
    const call = but(FIRST, PAST, { isCausal: 1 }, ['presentKey', 'presentValue'])
    const { problem, roles, outputs } = lower(onnxAttention, call)
    expect(problem).toMatchObject({ seqlenK: 12, past: { seqlen: 7 }, causalOffset: 7 })
    expect(roles).toMatchObject({ pastKey: 'pastKey', pastValue: 'pastValue' })
    expect(outputs.slice(1).map(({ shape }) => shape)).toEqual([
      [2, 3, 12, 8],
      [2, 3, 12, 10],
    ])
  })

  it('key lengths and diagonals of each batch entry, of a cache outside', () => {
    const { problem, derived } = lower(onnxAttention, but(FIRST, NONPAD, { isCausal: 1 }))
    expect(problem).toMatchObject({ keyLengths: 'per-batch', causalOffset: 'per-batch' })
    const count = { kind: 'indices', input: 'nonpadKvSeqlen' }
    expect(derived).toEqual({
      keyLengths: { ...count, add: 0, least: 0, most: 5 },
      causalOffset: { ...count, add: -4, least: -4, most: 2 ** 31 - 1 },
    })
  })

  it('key lengths alone, where there is no diagonal', () => {
    const { problem, derived } = lower(onnxAttention, but(FIRST, NONPAD))
    expect(problem).toMatchObject({ keyLengths: 'per-batch', causalOffset: 0 })
    expect(Object.keys(derived ?? {})).toEqual(['keyLengths'])
    const window = lower(onnxAttention, but(FIRST, NONPAD, { leftWindowSize: 2 }))
    expect(Object.keys(window.derived ?? {})).toEqual(['keyLengths', 'causalOffset'])
  })

  it('windows, of which causal hides the right one', () => {
    const sizes = { leftWindowSize: 2, rightWindowSize: 1 }
    expect(problemOf(but(FIRST, {}, sizes))).toMatchObject({ windowLeft: 2, windowRight: 1 })
    const causal = problemOf(but(FIRST, {}, { ...sizes, isCausal: true }))
    expect(causal).toMatchObject({ causal: true, windowLeft: 2, windowRight: -1 })
    const none = problemOf(but(FIRST, {}, { leftWindowSize: 2 ** 40 }))
    expect(none.windowLeft).toBe(2 ** 31 - 1)
  })

  it.each([
    [undefined, 'float32'],
    [1, 'float32'],
    [10, 'float32'],
    [11, 'float64'],
    [16, 'float32'],
  ])('a softmax for softmaxPrecision %s in %s at least', (softmaxPrecision, expected) => {
    expect(problemOf(but(FIRST, {}, { softmaxPrecision })).softmaxPrecision).toBe(expected)
  })

  it.each([
    [0, 'scaled'],
    [1, 'softcapped'],
    [2, 'biased'],
    [3, 'probabilities'],
  ])('an output of scores for qkMatmulOutputMode %i: %s', (qkMatmulOutputMode, qkOutput) => {
    const call = but(FIRST, {}, { qkMatmulOutputMode }, ['qkMatmulOutput'])
    const { problem, outputs } = lower(onnxAttention, call)
    expect(problem.qkOutput).toBe(qkOutput)
    expect(outputs[1]).toMatchObject({ roles: ['qk'], shape: [2, 6, 4, 5] })
    expect(problemOf(but(FIRST, {}, { qkMatmulOutputMode })).qkOutput).toBe('none')
  })
})

const CASES: Readonly<Record<string, readonly RuleCase[]>> = {
  O1: [
    [
      'q.shape',
      '(2, 8)',
      'rank 3 or 4: (B, Nq, S, H) or (B, S, Nq·H)',
      but(FIRST, { q: float(2, 8) }),
    ],
    ['k.shape', '(2, 5, 24)', 'rank 4: (B, Nk, L, H)', but(FIRST, { k: RANK3.k })],
    ['v.shape', '(2, 3, 5, 10)', 'rank 3: (B, L, Nk·Hv)', but(SIDE, { v: RANK4.v })],
  ],
  O2: [
    ['qNumHeads', 'undefined', 'a number with rank 3', { inputs: RANK3 }],
    ['kvNumHeads', 'undefined', 'a number with rank 3', { inputs: RANK3 }],
  ],
  O3: [
    ['qNumHeads', '3', '6, as the shapes have, or nothing', but(FIRST, {}, { qNumHeads: 3 })],
    ['kvNumHeads', '6', '3, as the shapes have, or nothing', but(FIRST, {}, { kvNumHeads: 6 })],
  ],
  O4: [
    ['q.shape[2]', '50', 'a multiple of 6', but(SIDE, { q: float(2, 4, 50) })],
    ['v.shape[2]', '31', 'a multiple of 3', but(SIDE, { v: float(2, 5, 31) })],
  ],
  O5: [
    ['q.shape[1]', '4', 'a multiple of the heads of k, 3', but(FIRST, { q: float(2, 4, 4, 8) })],
    ['qNumHeads', '6', 'a multiple of the heads of k, 4', but(SIDE, {}, { kvNumHeads: 4 })],
  ],
  O6: [
    ['k.shape[3]', '7', '8 (H of q)', but(FIRST, { k: float(2, 3, 5, 7) })],
    ['k.shape[2]', '27', '24 (kvNumHeads · H of q)', but(SIDE, { k: float(2, 5, 27) })],
  ],
  O7: [
    ['v.shape[1]', '6', '3 (heads of k)', but(FIRST, { v: float(2, 6, 5, 10) })],
    ['v.shape[2]', '6', '5 (L of k)', but(FIRST, { v: float(2, 3, 6, 10) })],
    ['v.shape[1]', '6', '5 (L of k)', but(SIDE, { v: float(2, 6, 30) })],
    ['k.shape[0]', '1', '2 (B of q)', but(FIRST, { k: float(1, 3, 5, 8) })],
    ['v.shape[0]', '3', '2 (B of q)', but(SIDE, { v: float(3, 5, 30) })],
  ],
  O8: [
    [
      'pastValue',
      'undefined',
      'pastKey and pastValue, or neither',
      but(FIRST, { pastKey: PAST.pastKey }),
    ],
    [
      'pastKey',
      'undefined',
      'pastKey and pastValue, or neither',
      but(FIRST, { pastValue: PAST.pastValue }),
    ],
  ],
  O9: [
    [
      'pastKey.shape',
      '(2, 7, 24)',
      'rank 4: (B, Nk, P, H)',
      but(FIRST, { ...PAST, pastKey: float(2, 7, 24) }),
    ],
    ['pastKey.shape[0]', '1', '2 (B of q)', but(FIRST, { ...PAST, pastKey: float(1, 3, 7, 8) })],
    [
      'pastValue.shape[1]',
      '6',
      '3 (heads of k)',
      but(FIRST, { ...PAST, pastValue: float(2, 6, 7, 10) }),
    ],
    [
      'pastValue.shape[2]',
      '6',
      '7 (P of pastKey)',
      but(FIRST, { ...PAST, pastValue: float(2, 3, 6, 10) }),
    ],
    [
      'pastValue.shape[3]',
      '8',
      '10 (Hv of v)',
      but(FIRST, { ...PAST, pastValue: float(2, 3, 7, 8) }),
    ],
  ],
  O10: [
    [
      'nonpadKvSeqlen',
      'given with a past',
      'nonpadKvSeqlen or a past',
      but(FIRST, { ...PAST, ...NONPAD }),
    ],
    ['nonpadKvSeqlen.shape[0]', '3', '2 (B of q)', but(FIRST, { nonpadKvSeqlen: longs(1, 2, 3) })],
    [
      'nonpadKvSeqlen.shape',
      '(2, 1)',
      'rank 1: (B)',
      but(FIRST, { nonpadKvSeqlen: { dtype: 'int64', shape: [2, 1] } }),
    ],
  ],
  O11: [
    ['nonpadKvSeqlen[1]', '6', '0 to T, 5', but(FIRST, { nonpadKvSeqlen: longs(5, 6) })],
    ['nonpadKvSeqlen[0]', '-1', '0 to T, 5', but(FIRST, { nonpadKvSeqlen: longs(-1, 5) })],
  ],
  O12: [0, -0.5, Number.POSITIVE_INFINITY].map(
    (scale): RuleCase => [
      'scale',
      String(scale),
      'a finite number above 0, or nothing for 1/√H',
      but(FIRST, {}, { scale }),
    ],
  ),
  O13: [['softcap', '-1', 'a finite number, 0 or more', but(FIRST, {}, { softcap: -1 })]],
  O14: [['softmaxPrecision', '2', 'one of 1, 10, 11, 16', but(FIRST, {}, { softmaxPrecision: 2 })]],
  O15: [4, -1].map(
    (mode): RuleCase => [
      'qkMatmulOutputMode',
      String(mode),
      '0, 1, 2 or 3',
      but(FIRST, {}, { qkMatmulOutputMode: mode }),
    ],
  ),
  O16: [
    [
      'attnMask.shape',
      '(1, 2, 6, 4, 5)',
      'rank 1 or 2 or 3 or 4: (T) or (S, T) or (Nq, S, T) or (B, Nq, S, T)',
      but(FIRST, { attnMask: bool(1, 2, 6, 4, 5) }),
    ],
    [
      'attnMask.shape[1]',
      '6',
      'at most 5 (T, past and new keys)',
      but(FIRST, { attnMask: bool(4, 6) }),
    ],
    ['attnMask.shape[0]', '3', '4 (S) or 1', but(FIRST, { attnMask: bool(3, 5) })],
    ['attnMask.shape[0]', '2', '6 (heads of q) or 1', but(FIRST, { attnMask: bool(2, 4, 5) })],
    ['attnMask.shape[0]', '3', '2 (B) or 1', but(FIRST, { attnMask: bool(3, 1, 4, 5) })],
  ],
  O18: [
    ['leftWindowSize', '-2', '-1 or more', but(FIRST, {}, { leftWindowSize: -2 })],
    ['rightWindowSize', '-2', '-1 or more', but(FIRST, {}, { rightWindowSize: -2, isCausal: 1 })],
  ],
  O19: [
    [
      'nonpadKvSeqlen[1]',
      '4',
      'at most the 3 keys of attnMask',
      but(FIRST, {
        k: emptyTensor([2, 3, 5, 8], 'float32'),
        nonpadKvSeqlen: longs(3, 4),
        attnMask: emptyTensor([4, 3], 'bool'),
      }),
    ],
  ],
  O20: [
    [
      'outputs.presentKey',
      'not asked for',
      'true, or a tensor for it, with a past',
      but(FIRST, PAST),
    ],
  ],
  E1: [
    [
      'unidirectional',
      'an unknown attribute',
      `one of ${onnxAttention.attributes.map(({ name }) => name).join(', ')}`,
      but(FIRST, {}, { unidirectional: 1 }),
    ],
  ],
  E2: [['v', 'undefined', 'a tensor', but(FIRST, { v: undefined })]],
  E3: [
    [
      'k.shape',
      '(2, -1)',
      'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
      but(FIRST, { k: float(2, -1) }),
    ],
  ],
  E4: [
    [
      'attnMask.dtype',
      '"int64"',
      'float32, float16, bfloat16, float64, bool',
      but(FIRST, { attnMask: { dtype: 'int64', shape: [4, 5] } }),
    ],
    [
      'nonpadKvSeqlen.dtype',
      '"int32"',
      'int64',
      but(FIRST, { nonpadKvSeqlen: { dtype: 'int32', shape: [2] } }),
    ],
  ],
  E5: [
    ['isCausal', '2', 'true or false, or 1 or 0', but(FIRST, {}, { isCausal: 2 })],
    ['qNumHeads', '1.5', 'an integer', but(SIDE, {}, { qNumHeads: 1.5 })],
  ],
  E9: [
    ['qNumHeads', '0', 'at least 1', but(SIDE, {}, { qNumHeads: 0 })],
    ['k.shape[1]', '0', 'at least 1', but(FIRST, { k: float(2, 0, 5, 8) })],
    ['v.shape[3]', '0', 'at least 1', but(FIRST, { v: float(2, 3, 5, 0) })],
  ],
  E10: [
    [
      'k.dtype',
      '"float16"',
      'float32, the dtype of q',
      but(FIRST, { k: { dtype: 'float16', shape: [2, 3, 5, 8] } }),
    ],
    [
      'pastValue.dtype',
      '"float16"',
      'float32, the dtype of v',
      but(FIRST, { ...PAST, pastValue: { dtype: 'float16', shape: [2, 3, 7, 10] } }),
    ],
  ],
  E13: [
    [
      'problem',
      'Infinity',
      'offsets below 2^53',
      { inputs: { q: float(1, 1, 1e9, 1), k: float(1, 1, 1e9, 1), v: float(1, 1, 1e9, 1) } },
    ],
  ],
}

describeRules(onnxAttention, CASES)

const ones = (...shape: number[]): HostTensor<'float32'> => {
  const made = emptyTensor(shape, 'float32') as HostTensor<'float32'>
  made.data.fill(1)
  return made
}
const SMALL = { q: ones(1, 2, 2, 4), k: ones(1, 1, 3, 4), v: ones(1, 1, 3, 4) }

async function run(inputs: object, attributes: object = {}, requested: string[] = []) {
  const attention = await createAttention()
  const outputs = Object.fromEntries(requested.map((name) => [name, true]))
  return attention.onnxAttention({ ...SMALL, ...inputs }, attributes, { outputs })
}

describeLifted(onnxAttention, {
  O17: async () => {
    const attnMask = tensor(toFloat16([0, Number.NEGATIVE_INFINITY, 0]), [3], 'float16')
    const attributes = { qkMatmulOutputMode: 3 }
    const { qkMatmulOutput } = await run({ attnMask }, attributes, ['qkMatmulOutput'])
    expect([...(qkMatmulOutput?.data ?? [])].slice(0, 3)).toEqual([0.5, 0, 0.5])
  },
  O26: async () => {
    const values = tensor(toFloat16(new Array(12).fill(0.25)), [1, 1, 3, 4], 'float16')
    const { output } = await run({ v: values })
    expect(output.dtype).toBe('float32')
    expect([...output.data]).toEqual(new Array(16).fill(0.25))
  },
  O21: async () => {
    const { presentKey, presentValue } = await run({}, {}, ['presentKey', 'presentValue'])
    expect(presentKey?.data).toEqual(SMALL.k.data)
    expect(presentValue?.shape).toEqual([1, 1, 3, 4])
  },
  O22: async () => {
    for (const attnMask of [ones(3), ones(2), ones(1, 3), ones(2, 1, 1)]) {
      expect((await run({ attnMask })).output.data).toEqual(ones(16).data)
    }
  },
  O23: async () => {
    const windows = { leftWindowSize: 1, rightWindowSize: 1, qkMatmulOutputMode: 3 }
    const nonpadKvSeqlen = longs(3)
    const call = { attnMask: ones(2, 3), nonpadKvSeqlen }
    const { qkMatmulOutput } = await run(call, windows, ['qkMatmulOutput'])
    const third = Math.fround(1 / 3)
    const rows = [third, third, third, 0, 0.5, 0.5]
    expect([...(qkMatmulOutput?.data ?? [])]).toEqual([...rows, ...rows])
  },
  O24: async () => {
    for (const qkMatmulOutputMode of [0, 1, 2, 3]) {
      const names = ['presentKey', 'presentValue', 'qkMatmulOutput']
      const result = await run({}, { qkMatmulOutputMode }, names)
      const expected = qkMatmulOutputMode === 3 ? Math.fround(1 / 3) : 2
      expect([...(result.qkMatmulOutput?.data ?? [])]).toEqual(new Array(12).fill(expected))
    }
  },
  O25: async () => {
    const past = { pastKey: ones(1, 1, 1, 4), pastValue: ones(1, 1, 1, 4) }
    const attributes = { isCausal: 1, qkMatmulOutputMode: 3 }
    const names = ['presentKey', 'qkMatmulOutput']
    const result = await run({ q: ones(1, 2, 1, 4), ...past }, attributes, names)
    expect([...(result.qkMatmulOutput?.data ?? [])]).toEqual([0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0])
  },
})

describe("ONNX's Attention", () => {
  it('accepts what is right', () => {
    expect(faultsOf(onnxAttention, FIRST)).toEqual([])
    expect(faultsOf(onnxAttention, SIDE)).toEqual([])
    expect(faultsOf(onnxAttention, but(FIRST, {}, HEADS))).toEqual([])
    expect(faultsOf(onnxAttention, but(FIRST, { nonpadKvSeqlen: longs(0, 5) }))).toEqual([])
    expect(faultsOf(onnxAttention, but(FIRST, { attnMask: bool(0) }))).toEqual([])
  })

  it('names every fault at once', () => {
    const call = but(
      FIRST,
      { k: float(1, 3, 5, 7), attnMask: bool(9), pastKey: float(2, 3, 7, 7), ...NONPAD },
      { scale: 0, softcap: -1, qkMatmulOutputMode: 7, leftWindowSize: -3 },
    )
    expect(faultsOf(onnxAttention, call).map(({ path }) => path)).toEqual([
      'scale',
      'softcap',
      'qkMatmulOutputMode',
      'leftWindowSize',
      'k.shape[3]',
      'k.shape[0]',
      'outputs.presentKey',
      'pastValue',
      'nonpadKvSeqlen',
      'attnMask.shape[0]',
    ])
  })

  it('refuses to show values of another dtype as present, for now, with a reason', () => {
    const values = { dtype: 'float16', shape: [2, 3, 5, 10] } as const
    const call = { ...but(FIRST, { v: values }), requested: ['presentValue'] }
    let thrown: unknown
    try {
      lower(onnxAttention, call)
    } catch (error) {
      thrown = error
    }
    if (!isAttentionError(thrown)) throw thrown
    expect(thrown.code).toBe('no-backend-supports')
    expect(thrown.message).toContain('v.dtype: found "float16"')
    expect(thrown.details.reasons).toMatchObject([
      { code: 'not-supported-yet', subject: 'v.dtype', required: 'float32, the dtype of q' },
    ])
  })

  it('is found by its name', () => {
    expect(OPERATORS.get('ai.onnx::Attention')).toBe(onnxAttention)
  })
})
