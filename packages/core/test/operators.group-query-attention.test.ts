import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { groupQueryAttention } from '../src/operators/group-query-attention.js'
import { OPERATORS } from '../src/operators/index.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import {
  describeLifted,
  describeRules,
  faultsOf,
  float,
  int,
  ints,
  lower,
  type RuleCase,
  type SpecCall,
} from './support/describe-rules.js'

// B 2, S 3, N 6, Nk 2, H 16. PROMPT: T 3. CHUNK: T 8, P 9; its sequences have 8 and 5 keys.
const HEADS = { numHeads: 6, kvNumHeads: 2 }
const INPUTS = {
  query: float(2, 3, 96),
  key: float(2, 3, 32),
  value: float(2, 3, 32),
  seqlensK: int(2),
}
const PAST = { pastKey: float(2, 2, 9, 16), pastValue: float(2, 2, 9, 16) }
const TABLES = { cosCache: float(9, 8), sinCache: float(9, 8) }
const PROMPT: SpecCall = {
  inputs: INPUTS,
  attributes: HEADS,
  scalars: { totalSequenceLength: 3 },
}
const CHUNK: SpecCall = {
  inputs: { ...INPUTS, ...PAST },
  attributes: HEADS,
  scalars: { totalSequenceLength: 8 },
}
const SHARED: SpecCall = {
  ...CHUNK,
  inputs: { ...CHUNK.inputs, key: float(2, 0, 32), value: float(2, 0, 32) },
}
const PACKED = { query: float(2, 3, 160), key: undefined, value: undefined }

function but(call: SpecCall, inputs: object, attributes: object = {}, rest: object = {}): SpecCall {
  return {
    ...call,
    inputs: { ...call.inputs, ...inputs },
    attributes: { ...call.attributes, ...attributes },
    ...rest,
  }
}

const total = (totalSequenceLength: number) => ({ scalars: { totalSequenceLength } })
const longs = (values: readonly number[], ...shape: number[]) =>
  tensor(BigInt64Array.from(values, BigInt), shape)
const half = (...shape: number[]) => ({ dtype: 'float16', shape })
const last = { kind: 'indices', input: 'seqlensK' }

describe('GroupQueryAttention becomes', () => {
  it('a prompt: key lengths, and a diagonal from the first key', () => {
    const { problem, roles, derived, outputs } = lower(groupQueryAttention, PROMPT)
    expect(problem).toMatchObject({
      operator: 'GroupQueryAttention',
      layout: 'bsnh',
      batch: 2,
      seqlenQ: 3,
      seqlenK: 3,
      numHeads: 6,
      numHeadsKv: 2,
      headDim: 16,
      headDimV: 16,
      softmaxScale: 0.25,
      causal: true,
      causalOffset: 0,
      windowLeft: -1,
      keyLengths: 'per-batch',
      past: null,
      present: false,
      sink: 'none',
      qkHidden: 'zero',
    })
    expect(roles).toEqual({ q: 'query', k: 'key', v: 'value' })
    expect(derived).toEqual({ keyLengths: { ...last, add: 1, least: 0, most: 3 } })
    expect(outputs).toEqual([
      { name: 'output', roles: ['output'], dtype: 'float32', shape: [2, 3, 96] },
    ])
  })

  it('a prompt into a buffer: no row of the past is used', () => {
    const call = but(PROMPT, PAST, {}, { requested: ['presentKey', 'presentValue'] })
    const { problem, derived, outputs } = lower(groupQueryAttention, call)
    expect(problem.past).toEqual({ seqlen: 0, perBatch: false, bufferLength: 9 })
    expect(Object.keys(derived ?? {})).toEqual(['keyLengths'])
    expect(outputs[1]?.shape).toEqual([2, 2, 9, 16])
  })

  it('tokens behind a past: lengths, pasts and diagonals of each batch entry', () => {
    const { problem, derived, roles } = lower(groupQueryAttention, CHUNK)
    expect(problem).toMatchObject({
      seqlenK: 8,
      past: { seqlen: 5, perBatch: true, bufferLength: 9 },
      causalOffset: 'per-batch',
      keyLengths: 'per-batch',
    })
    expect(derived).toEqual({
      keyLengths: { ...last, add: 1, least: 0, most: 8 },
      pastSeqlens: { ...last, add: -2, least: 0, most: 5 },
      causalOffset: { ...last, add: -2, least: 0, most: 5 },
    })
    expect(roles).toMatchObject({ pastKey: 'pastKey', pastValue: 'pastValue' })
  })

  it('queries of a cache that holds all keys', () => {
    const { problem, derived } = lower(groupQueryAttention, SHARED)
    expect(problem).toMatchObject({ seqlenK: 8, past: { seqlen: 8, perBatch: true } })
    expect(derived).toMatchObject({
      pastSeqlens: { add: 1, least: 0, most: 8 },
      causalOffset: { add: -2, least: 0, most: 5 },
    })
  })

  it('a cache that grows: present has a row for each key', () => {
    const call = but(CHUNK, { pastKey: float(2, 2, 5, 16), pastValue: float(2, 2, 5, 16) })
    const { outputs } = lower(groupQueryAttention, { ...call, requested: ['presentValue'] })
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [2, 3, 96],
      [2, 2, 8, 16],
      [2, 2, 8, 16],
    ])
  })

  it('views into packed Q, K and V', () => {
    const { problem, roles } = lower(groupQueryAttention, but(PROMPT, PACKED))
    expect(roles).toEqual({ q: 'query', k: 'query', v: 'query' })
    const view = { batchStride: 480, seqStride: 160, headStride: 16 }
    expect(problem.q).toEqual({ offset: 0, ...view })
    expect(problem.k).toEqual({ offset: 96, ...view })
    expect(problem.v).toEqual({ offset: 128, ...view })
    expect(problem.output).toMatchObject({ seqStride: 96 })
  })

  it('a window that counts the keys before the own one', () => {
    const windowOf = (localWindowSize: number) =>
      lower(groupQueryAttention, but(PROMPT, {}, { localWindowSize })).problem.windowLeft
    expect([-1, 0, 1, 4].map(windowOf)).toEqual([-1, -1, 0, 3])
  })

  it('no diagonal without causal', () => {
    const { problem, derived } = lower(groupQueryAttention, but(CHUNK, {}, { causal: 0 }))
    expect(problem).toMatchObject({ causal: false, causalOffset: 0 })
    expect(Object.keys(derived ?? {})).toEqual(['keyLengths', 'pastSeqlens'])
  })

  it('a sink, of zero or for each head, as float32', () => {
    const sinkOf = (inputs: object, attributes: object = {}) => {
      const { problem, roles, derived } = lower(
        groupQueryAttention,
        but(PROMPT, inputs, attributes),
      )
      return [problem.sink, roles.sink, derived?.sink]
    }
    const headSink = float(6)
    expect(sinkOf({}, { smoothSoftmax: 1 })).toEqual(['zero', undefined, undefined])
    expect(sinkOf({}, { smoothSoftmax: 0 })).toEqual(['none', undefined, undefined])
    expect(sinkOf({ headSink }, { smoothSoftmax: 1 })).toEqual(['per-head', 'headSink', undefined])
    const halves = { query: half(2, 3, 96), key: half(2, 3, 32), value: half(2, 3, 32) }
    expect(sinkOf({ ...halves, headSink: half(6) })).toEqual([
      'per-head',
      undefined,
      { kind: 'cast', input: 'headSink', dtype: 'float32' },
    ])
  })

  it('a rotary embedding by tables, with positions as int32', () => {
    const inputs = { cosCache: float(12, 5), sinCache: float(9, 5) }
    const attributes = { doRotary: 1, rotaryInterleaved: true }
    const plain = lower(groupQueryAttention, but(CHUNK, inputs, attributes))
    const rotary = { dim: 10, interleaved: true, base: null, tableRows: 9 }
    expect(plain.problem.rotary).toEqual({ ...rotary, positions: false })
    expect(plain.roles).toMatchObject({ rotaryCos: 'cosCache', rotarySin: 'sinCache' })
    const positionIds = { dtype: 'int64', shape: [2, 3] }
    const given = lower(groupQueryAttention, but(CHUNK, { ...inputs, positionIds }, attributes))
    expect(given.problem.rotary).toEqual({ ...rotary, positions: true })
    expect(given.derived?.positions).toEqual({
      kind: 'indices',
      input: 'positionIds',
      add: 0,
      least: 0,
      most: 8,
    })
    expect(lower(groupQueryAttention, but(CHUNK, inputs)).problem.rotary).toBeNull()
  })

  it('a norm of Q and K', () => {
    const weights = { qNormWeight: float(16), kNormWeight: float(16) }
    const { problem, roles } = lower(
      groupQueryAttention,
      but(PROMPT, weights, { qkNormEpsilon: 1e-3 }),
    )
    expect(problem.qkNorm).toEqual({ epsilon: 1e-3 })
    expect(roles).toMatchObject({ qNorm: 'qNormWeight', kNorm: 'kNormWeight' })
  })

  it.each([
    [1, 'biased'],
    [2, 'probabilities'],
  ])('scores for qkOutput %i: %s', (qkOutput, expected) => {
    const call = but(CHUNK, {}, { qkOutput }, { requested: ['outputQk'] })
    const { problem, outputs } = lower(groupQueryAttention, call)
    expect(problem).toMatchObject({ qkOutput: expected, qkHidden: 'zero', present: false })
    expect(outputs[1]).toMatchObject({ roles: ['qk'], shape: [2, 6, 3, 8] })
  })
})

const CASES: Readonly<Record<string, readonly RuleCase[]>> = {
  G1: [['numHeads', '6', 'a multiple of kvNumHeads, 4', but(PROMPT, {}, { kvNumHeads: 4 })]],
  G2: [
    [
      'query.shape',
      '(2, 6, 3, 16)',
      'rank 3: (B, S, N·H) or (B, S, (N + 2·Nk)·H)',
      but(PROMPT, { query: float(2, 6, 3, 16) }),
    ],
  ],
  G4: [
    [
      'value',
      'undefined',
      'key and value, or neither when packed',
      but(PROMPT, { value: undefined }),
    ],
    ['key', 'undefined', 'key and value, or neither when packed', but(PROMPT, { key: undefined })],
  ],
  G5: [
    ['key.shape', '(2, 96)', 'rank 3: (B, L, Nk·H)', but(PROMPT, { key: float(2, 96) })],
    ['key.shape[0]', '1', '2 (B of query)', but(PROMPT, { key: float(1, 3, 32) })],
    ['key.shape[1]', '4', '3 (S of query)', but(PROMPT, { key: float(2, 4, 32) })],
    ['key.shape[1]', '0', '3 (S of query)', but(PROMPT, { key: float(2, 0, 32) })],
    ['key.shape[1]', '2', '3 (S of query), or 0', but(CHUNK, { key: float(2, 2, 32) })],
    ['value.shape[1]', '2', '3 (L of key)', but(PROMPT, { value: float(2, 2, 32) })],
    ['value.shape[2]', '48', '32 (the width of key)', but(PROMPT, { value: float(2, 3, 48) })],
  ],
  G6: [
    ['key.shape[2]', '96', '32 (kvNumHeads · H of query)', but(PROMPT, { key: float(2, 3, 96) })],
  ],
  G7: [
    [
      'pastValue',
      'undefined',
      'pastKey and pastValue, or neither',
      but(CHUNK, { pastValue: undefined }),
    ],
    [
      'pastKey',
      'undefined',
      'pastKey and pastValue, or neither',
      but(CHUNK, { pastKey: undefined }),
    ],
    [
      'pastKey.shape',
      '(2, 9, 32)',
      'rank 4: (B, Nk, P, H)',
      but(CHUNK, { pastKey: float(2, 9, 32) }),
    ],
    ['pastKey.shape[0]', '1', '2 (B of query)', but(CHUNK, { pastKey: float(1, 2, 9, 16) })],
    ['pastKey.shape[1]', '6', '2 (kvNumHeads)', but(CHUNK, { pastKey: float(2, 6, 9, 16) })],
    ['pastValue.shape[2]', '8', '9 (P of pastKey)', but(CHUNK, { pastValue: float(2, 2, 8, 16) })],
    ['pastValue.shape[3]', '8', '16 (H of query)', but(CHUNK, { pastValue: float(2, 2, 9, 8) })],
  ],
  G8: [
    ['seqlensK.shape', '3', '2 numbers (B)', but(PROMPT, { seqlensK: int(3) })],
    ['seqlensK[1]', '-1', '0 to 2', but(PROMPT, { seqlensK: ints([2, -1]) })],
    ['seqlensK[0]', '9', '0 to 8', but(CHUNK, { seqlensK: ints([9, 4]) })],
  ],
  G9: [
    [
      'totalSequenceLength',
      '2',
      'an integer known on the host, at least 3 (S)',
      but(PROMPT, {}, {}, total(2)),
    ],
    [
      'totalSequenceLength.shape',
      '2',
      '1 number',
      but(PROMPT, { totalSequenceLength: int(2) }, {}, { scalars: {} }),
    ],
  ],
  G10: [
    [
      'sinCache',
      'undefined',
      'cosCache and sinCache, or neither',
      but(PROMPT, { cosCache: TABLES.cosCache }),
    ],
    [
      'cosCache.shape',
      '(9, 1, 8)',
      'rank 2: (at least T, R/2)',
      but(PROMPT, { ...TABLES, cosCache: float(9, 1, 8) }),
    ],
    [
      'cosCache.shape[0]',
      '7',
      'at least 8 (totalSequenceLength)',
      but(CHUNK, { ...TABLES, cosCache: float(7, 8) }),
    ],
    [
      'sinCache.shape[1]',
      '7',
      '8 (the width of cosCache)',
      but(PROMPT, { ...TABLES, sinCache: float(9, 7) }),
    ],
    [
      'cosCache.shape[1]',
      '9',
      '1 to 8 (H/2)',
      but(PROMPT, { cosCache: float(9, 9), sinCache: float(9, 9) }),
    ],
  ],
  G13: [
    [
      'cosCache',
      'undefined',
      'cosCache and sinCache with doRotary',
      but(PROMPT, {}, { doRotary: true }),
    ],
  ],
  G14: [
    [
      'positionIds.shape[0]',
      '1',
      '2 (B of query)',
      but(PROMPT, { positionIds: { dtype: 'int64', shape: [1, 3] } }),
    ],
    [
      'positionIds.shape[1]',
      '2',
      '3 (S of query)',
      but(PROMPT, { positionIds: { dtype: 'int64', shape: [2, 2] } }),
    ],
  ],
  G15: [
    [
      'attentionBias.shape[3]',
      '9',
      '8 (totalSequenceLength)',
      but(CHUNK, { attentionBias: float(1, 1, 3, 9) }),
    ],
    [
      'attentionBias.shape[1]',
      '2',
      '6 (N, or 1)',
      but(CHUNK, { attentionBias: float(2, 2, 3, 8) }),
    ],
  ],
  G16: [
    ['headSink.shape[0]', '2', '6 (numHeads)', but(PROMPT, { headSink: float(2) })],
    ['headSink.shape', '(1, 6)', 'rank 1: (N)', but(PROMPT, { headSink: float(1, 6) })],
  ],
  G17: [
    ['qkOutput', '3', '0, 1 or 2', but(PROMPT, {}, { qkOutput: 3 })],
    [
      'outputs.outputQk',
      'not asked for',
      'asked for with qkOutput 1',
      but(PROMPT, {}, { qkOutput: 1 }),
    ],
    [
      'outputs.outputQk',
      'asked for',
      'not asked for with qkOutput 0',
      { ...PROMPT, requested: ['outputQk'] },
    ],
  ],
  G19: [
    [
      'kQuantType',
      '"INT8"',
      'NONE, PER_TENSOR, PER_CHANNEL',
      but(CHUNK, {}, { kQuantType: 'INT8' }),
    ],
    ['vScale', 'undefined', 'scales for vQuantType', but(CHUNK, {}, { vQuantType: 'PER_TENSOR' })],
  ],
  G21: [
    [
      'outputs.presentValue',
      'another tensor',
      'pastValue, as presentKey is pastKey',
      (() => {
        const pastKey = emptyTensor([2, 2, 9, 16], 'float32')
        return but(CHUNK, { pastKey }, {}, { outputs: { presentKey: pastKey } })
      })(),
    ],
  ],
  G22: [
    ['localWindowSize', '-2', '-1 or more', but(PROMPT, {}, { localWindowSize: -2 })],
    [
      'localWindowSize',
      '2',
      '-1 or 0 without causal',
      but(PROMPT, {}, { localWindowSize: 2, causal: false }),
    ],
    [
      'localWindowSize',
      '0',
      'above 0 for a cache of it',
      but(CHUNK, {}, { localWindowSize: 0, slidingWindowCache: 1 }),
    ],
  ],
  E1: [
    [
      'bias',
      'an unknown input',
      `one of ${groupQueryAttention.inputs.map(({ name }) => name).join(', ')}`,
      but(PROMPT, { bias: float(160) }),
    ],
  ],
  E2: [
    ['seqlensK', 'undefined', 'a tensor', but(PROMPT, { seqlensK: undefined })],
    ['kvNumHeads', 'undefined', 'a value', but(PROMPT, {}, { kvNumHeads: undefined })],
  ],
  E3: [
    [
      'query.shape',
      '(2, 3.5, 96)',
      'sizes from 0 to 2^31 - 1, 2^53 - 1 elements',
      but(PROMPT, { query: float(2, 3.5, 96) }),
    ],
  ],
  E4: [
    [
      'seqlensK.dtype',
      '"int64"',
      'int32',
      but(PROMPT, { seqlensK: { dtype: 'int64', shape: [2] } }),
    ],
  ],
  E5: [
    ['causal', '2', 'true or false, or 1 or 0', but(PROMPT, {}, { causal: 2 })],
    ['kQuantType', '8', 'a string', but(PROMPT, {}, { kQuantType: 8 })],
    ['scale', 'Infinity', 'a finite number', but(PROMPT, {}, { scale: Number.POSITIVE_INFINITY })],
  ],
  E6: [
    ['query.shape[2]', '97', 'a multiple of 6', but(PROMPT, { query: float(2, 3, 97) })],
    ['query.shape[2]', '96', 'a multiple of 10', but(PROMPT, { ...PACKED, query: INPUTS.query })],
  ],
  E9: [['kvNumHeads', '0', 'at least 1', but(PROMPT, {}, { kvNumHeads: 0 })]],
  E10: [
    [
      'cosCache.dtype',
      '"float16"',
      'float32, the dtype of query',
      but(PROMPT, { ...TABLES, cosCache: half(9, 8) }),
    ],
    [
      'pastKey.dtype',
      '"uint8"',
      'float32, the dtype of query',
      but(CHUNK, { pastKey: { dtype: 'uint8', shape: [2, 2, 9, 16] } }),
    ],
    [
      'pastKey.dtype',
      '"float32"',
      'uint8, as it is quantised',
      but(CHUNK, { kScale: float(1) }, { kQuantType: 'PER_TENSOR' }),
    ],
  ],
  E13: [
    [
      'problem',
      'Infinity',
      'offsets below 2^53',
      {
        inputs: {
          query: float(1, 1e9, 1),
          key: float(1, 1e9, 1),
          value: float(1, 1e9, 1),
          seqlensK: int(1),
        },
        attributes: { numHeads: 1, kvNumHeads: 1 },
        scalars: { totalSequenceLength: 1e9 },
      },
    ],
  ],
  E14: [
    [
      'kNormWeight',
      'undefined',
      'qNormWeight and kNormWeight, or neither',
      but(PROMPT, { qNormWeight: float(16) }),
    ],
    [
      'qNormWeight.shape[0]',
      '96',
      '16 (H of query)',
      but(PROMPT, { qNormWeight: float(96), kNormWeight: float(16) }),
    ],
  ],
  E15: [
    ['softcap', '-1', 'a finite number, 0 or more', but(PROMPT, {}, { softcap: -1 })],
    ['qkNormEpsilon', '-1', 'a finite number, 0 or more', but(PROMPT, {}, { qkNormEpsilon: -1 })],
    ['smoothSoftmax', '2', '-1, 0 or 1', but(PROMPT, {}, { smoothSoftmax: 2 })],
  ],
  E16: [
    ['totalSequenceLength', '4', '3, the new keys, without a past', but(PROMPT, {}, {}, total(4))],
    [
      'totalSequenceLength',
      '13',
      'at most 12: the rows of the past and the new keys',
      but(CHUNK, {}, {}, total(13)),
    ],
  ],
  E17: [
    [
      'positionIds[4]',
      '9',
      '0 to 8',
      but(CHUNK, { ...TABLES, positionIds: longs([5, 6, 7, 2, 9, 4], 2, 3) }, { doRotary: 1 }),
    ],
    [
      'positionIds[0]',
      '-1',
      '0 to 8',
      but(CHUNK, { ...TABLES, positionIds: longs([-1, 6, 7, 2, 8, 4], 2, 3) }, { doRotary: 1 }),
    ],
  ],
  E18: [
    ['seqlensK[0]', '8', '0 to 7, totalSequenceLength - 1', but(CHUNK, { seqlensK: ints([8, 4]) })],
    [
      'seqlensK[1]',
      '1',
      '2 to 7, totalSequenceLength - 1',
      but(SHARED, { seqlensK: ints([7, 1]) }),
    ],
  ],
}

describeRules(groupQueryAttention, CASES)

const numbers = (count: number, ...shape: number[]) =>
  tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)),
    shape,
  )

/** One head of H 2 behind a past: two sequences of two tokens each, with 3 and 5 keys. */
const SEVERAL = {
  query: numbers(8, 2, 2, 2),
  key: numbers(8, 2, 2, 2),
  value: numbers(8, 2, 2, 2),
  pastKey: numbers(12, 2, 1, 3, 2),
  pastValue: numbers(12, 2, 1, 3, 2),
  seqlensK: ints([2, 4]),
  totalSequenceLength: 5,
}

async function run(inputs: object, attributes: object = {}, requested: string[] = []) {
  const attention = await createAttention()
  return attention.groupQueryAttention(
    inputs as never,
    { numHeads: 1, kvNumHeads: 1, ...attributes },
    { outputs: Object.fromEntries(requested.map((name) => [name, true])) },
  )
}

const data = (result: Awaited<ReturnType<typeof run>>, name: string) => [
  ...((result as unknown as Record<string, { data: Float32Array }>)[name]?.data ?? []),
]

describeLifted(groupQueryAttention, {
  G3: async () => expect((await run(SEVERAL)).output.shape).toEqual([2, 2, 2]),
  G10: async () => {
    const tables = { cosCache: numbers(5, 5, 1), sinCache: numbers(5, 5, 1) }
    expect((await run({ ...SEVERAL, ...tables }, { doRotary: 1 })).output.shape).toEqual([2, 2, 2])
  },
  G11: async () => {
    const both = data(await run(SEVERAL), 'output')
    for (const [b, length] of [3, 5].entries()) {
      const pick = (name: 'query' | 'key' | 'value' | 'pastKey' | 'pastValue') => {
        const { data: all, shape } = SEVERAL[name]
        const size = all.length / 2
        return tensor(Float32Array.from(all.subarray(b * size, (b + 1) * size)), [
          1,
          ...shape.slice(1),
        ])
      }
      const alone = await run({
        query: pick('query'),
        key: pick('key'),
        value: pick('value'),
        pastKey: pick('pastKey'),
        pastValue: pick('pastValue'),
        seqlensK: ints([length - 1]),
        totalSequenceLength: length,
      })
      expect(data(alone, 'output')).toEqual(both.slice(4 * b, 4 * b + 4))
    }
  },
  G12: async () => expect((await run(SEVERAL)).output.shape).toEqual([2, 2, 2]),
  G14: async () => {
    const tables = {
      cosCache: tensor(Float32Array.of(1, 2, 3), [3, 1]),
      sinCache: tensor(new Float32Array(3), [3, 1]),
    }
    const heads = tensor(Float32Array.of(1, 0, 1, 0, 1, 0), [1, 3, 2])
    const inputs = {
      query: heads,
      key: heads,
      value: heads,
      seqlensK: ints([2]),
      totalSequenceLength: 3,
      positionIds: longs([2, 0, 1], 1, 3),
      ...tables,
    }
    const result = await run(inputs, { doRotary: 1 }, ['presentKey', 'presentValue'])
    expect(data(result, 'presentKey')).toEqual([3, 0, 1, 0, 2, 0])
  },
  G17: async () => {
    const scores = data(await run(SEVERAL, { qkOutput: 2 }, ['outputQk']), 'outputQk')
    const sums = [0, 1, 2, 3].map((row) =>
      scores.slice(5 * row, 5 * row + 5).reduce((sum, weight) => sum + weight, 0),
    )
    for (const sum of sums) expect(sum).toBeCloseTo(1, 6)
  },
  G18: async () => {
    const weights = { qNormWeight: numbers(2, 2), kNormWeight: numbers(2, 2) }
    expect((await run({ ...SEVERAL, ...weights })).output.shape).toEqual([2, 2, 2])
  },
  G20: async () => {
    const inputs = { ...SEVERAL, attentionBias: numbers(10, 1, 1, 2, 5), headSink: numbers(1, 1) }
    expect((await run(inputs)).output.shape).toEqual([2, 2, 2])
    const smooth = { ...SEVERAL, attentionBias: inputs.attentionBias }
    expect((await run(smooth, { smoothSoftmax: 1 })).output.shape).toEqual([2, 2, 2])
  },
  G22: async () => {
    const heads = numbers(4, 1, 4, 1)
    const inputs = {
      query: heads,
      key: heads,
      value: heads,
      seqlensK: ints([1]),
      totalSequenceLength: 4,
    }
    const attributes = { localWindowSize: 2, qkOutput: 2 }
    const weights = data(await run(inputs, attributes, ['outputQk']), 'outputQk')
    // Of the padding behind two tokens, the first sees the last token, and the second nothing.
    expect(weights.slice(8)).toEqual([0, 1, 0, 0, 0, 0, 0, 0])
  },
})

describe('GroupQueryAttention', () => {
  it('accepts what is right', () => {
    const calls = [
      PROMPT,
      CHUNK,
      SHARED,
      but(PROMPT, PACKED),
      but(CHUNK, { seqlensK: ints([7, 4], 2, 1) }),
      but(CHUNK, { ...TABLES, positionIds: longs([5, 6, 7, 2, 3, 4], 2, 3) }, { doRotary: 1 }),
      but(CHUNK, {}, { kQuantType: 'NONE' }),
    ]
    for (const call of calls) expect(faultsOf(groupQueryAttention, call)).toEqual([])
  })

  it('names every fault at once', () => {
    const call = but(
      CHUNK,
      {
        key: float(1, 4, 33),
        pastValue: float(2, 2, 8, 9),
        cosCache: float(2, 8),
        headSink: float(7),
        attentionBias: float(9),
        qNormWeight: float(16),
      },
      { scale: 'x', localWindowSize: -3, qkOutput: 5, softcap: -1 },
    )
    expect(new Set(faultsOf(groupQueryAttention, call).map(({ path }) => path))).toEqual(
      new Set([
        'scale',
        'key.shape[0]',
        'key.shape[1]',
        'key.shape[2]',
        'value.shape[1]',
        'value.shape[2]',
        'pastValue.shape[2]',
        'pastValue.shape[3]',
        'sinCache',
        'headSink.shape[0]',
        'attentionBias.shape',
        'kNormWeight',
        'localWindowSize',
        'qkOutput',
        'softcap',
      ]),
    )
  })

  it.each([
    [
      'kQuantType',
      but(
        CHUNK,
        { pastKey: { dtype: 'uint8', shape: [2, 2, 9, 16] }, kScale: float(1) },
        { kQuantType: 'PER_TENSOR' },
      ),
    ],
    ['slidingWindowCache', but(CHUNK, {}, { localWindowSize: 9, slidingWindowCache: 1 })],
  ])('refuses %s, for now, with a reason', (subject, call) => {
    let thrown: unknown
    try {
      lower(groupQueryAttention, call)
    } catch (error) {
      thrown = error
    }
    if (!isAttentionError(thrown)) throw thrown
    expect(thrown.code).toBe('no-backend-supports')
    expect(thrown.details.reasons).toMatchObject([{ code: 'not-supported-yet', subject }])
  })

  it('is found by its name', () => {
    expect(OPERATORS.get('GroupQueryAttention')).toBe(groupQueryAttention)
  })
})

describe('GroupQueryAttention by hand', () => {
  const one = (...values: number[]) => tensor(Float32Array.from(values), [1, 1, values.length])
  /** Weights 1 : 3 for keys 0 and ln 3 of H 1, scale 1. */
  const LN3 = Math.log(3)
  const rows = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length, 1])
  const cache = (...values: number[]) => tensor(Float32Array.from(values), [1, 1, values.length, 1])

  it('a decode step writes its key behind the valid rows, and sees no row behind it', async () => {
    const result = await run(
      {
        query: one(1),
        key: one(LN3),
        value: one(8),
        pastKey: cache(0, 99, 99),
        pastValue: cache(4, 99, 99),
        seqlensK: ints([1]),
        totalSequenceLength: 2,
      },
      { scale: 1 },
      ['presentKey', 'presentValue'],
    )
    expect(data(result, 'output')[0]).toBeCloseTo(7, 6)
    expect(data(result, 'presentKey').slice(0, 2)).toEqual([0, Math.fround(LN3)])
    expect(data(result, 'presentValue').slice(0, 2)).toEqual([4, 8])
    expect(result.presentKey?.shape).toEqual([1, 1, 3, 1])
  })

  it('ragged sequences: each sees its own keys', async () => {
    const batch = (...values: number[]) => tensor(Float32Array.from(values), [2, 1, 1])
    const result = await run(
      {
        query: batch(1, 1),
        key: batch(LN3, LN3),
        value: batch(8, 8),
        pastKey: tensor(Float32Array.of(0, 0, 99, 99), [2, 1, 2, 1]),
        pastValue: tensor(Float32Array.of(4, 12, 99, 99), [2, 1, 2, 1]),
        seqlensK: ints([2, 0]),
        totalSequenceLength: 3,
      },
      { scale: 1 },
    )
    // (4 + 12 + 3 · 8) / 5, and the own value alone.
    expect(data(result, 'output')[0]).toBeCloseTo(8, 6)
    expect(data(result, 'output')[1]).toBe(8)
  })

  it('a padded prompt: its padding sees the keys of its sequence', async () => {
    const result = await run(
      {
        query: rows(1, 1, 1),
        key: rows(0, LN3, 99),
        value: rows(4, 8, 99),
        seqlensK: ints([1]),
        totalSequenceLength: 3,
      },
      { scale: 1 },
      ['presentKey', 'presentValue'],
    )
    expect(data(result, 'output')[0]).toBe(4)
    expect(data(result, 'output')[1]).toBeCloseTo(7, 6)
    expect(data(result, 'output')[2]).toBeCloseTo(7, 6)
    expect(data(result, 'presentValue')).toEqual([4, 8, 99])
  })

  it('a window of 1: the own value', async () => {
    const inputs = {
      query: rows(1, -2, 3),
      key: rows(5, 6, 7),
      value: rows(4, 8, 16),
      seqlensK: ints([2]),
      totalSequenceLength: 3,
    }
    expect(data(await run(inputs, { localWindowSize: 1 }), 'output')).toEqual([4, 8, 16])
  })

  it('a smooth softmax has 1 more in its denominator, a sink the exponential of it', async () => {
    const inputs = {
      query: rows(1),
      key: rows(LN3),
      value: rows(8),
      seqlensK: ints([0]),
      totalSequenceLength: 1,
    }
    const smooth = await run(inputs, { scale: 1, smoothSoftmax: 1 })
    expect(data(smooth, 'output')[0]).toBeCloseTo(6, 6)
    const headSink = tensor(Float32Array.of(Math.log(5)), [1])
    const sunk = await run({ ...inputs, headSink }, { scale: 1, smoothSoftmax: 1 })
    expect(data(sunk, 'output')[0]).toBeCloseTo(3, 6)
  })

  it.each([
    [0, [-2, -4, 1, 3]],
    [1, [-2, 1, -4, 3]],
  ])('a quarter turn of pairs, interleaved %i', async (rotaryInterleaved, expected) => {
    const tables = {
      cosCache: tensor(Float32Array.of(1, 1, 0, 0), [2, 2]),
      sinCache: tensor(Float32Array.of(0, 0, 1, 1), [2, 2]),
    }
    const token = rotaryInterleaved ? [1, 2, 3, 4] : [1, 3, 2, 4]
    const both = tensor(Float32Array.from([...token, ...token]), [1, 2, 4])
    const result = await run(
      {
        query: both,
        key: both,
        value: both,
        seqlensK: ints([1]),
        totalSequenceLength: 2,
        ...tables,
      },
      { doRotary: 1, rotaryInterleaved },
      ['presentKey', 'presentValue'],
    )
    expect(data(result, 'presentKey')).toEqual([...token, ...expected])
    expect(data(result, 'presentValue')).toEqual([...token, ...token])
  })

  it('positions that are given', async () => {
    const result = await run(
      {
        query: one(1, 0),
        key: one(1, 0),
        value: one(1, 0),
        seqlensK: ints([0]),
        totalSequenceLength: 1,
        cosCache: tensor(Float32Array.of(1, 0.5, 0.25), [3, 1]),
        sinCache: tensor(Float32Array.of(0, 2, 4), [3, 1]),
        positionIds: longs([2], 1, 1),
      },
      { doRotary: 1 },
      ['presentKey', 'presentValue'],
    )
    expect(data(result, 'presentKey')).toEqual([0.25, 4])
  })

  it('a norm before the cache', async () => {
    const result = await run(
      {
        query: one(3, 4),
        key: one(3, 4),
        value: one(3, 4),
        seqlensK: ints([0]),
        totalSequenceLength: 1,
        qNormWeight: tensor(Float32Array.of(1, 1), [2]),
        kNormWeight: tensor(Float32Array.of(1, 2), [2]),
      },
      { qkNormEpsilon: 0 },
      ['presentKey', 'presentValue'],
    )
    const root = Math.sqrt(12.5)
    const [first, second] = data(result, 'presentKey')
    expect(first).toBeCloseTo(3 / root, 6)
    expect(second).toBeCloseTo(8 / root, 6)
    expect(data(result, 'presentValue')).toEqual([3, 4])
  })

  it('a shared buffer is written in place', async () => {
    const pastKey = cache(0, 99, 77)
    const pastValue = cache(4, 99, 77)
    const attention = await createAttention()
    const result = await attention.groupQueryAttention(
      {
        query: one(1) as typeof pastKey,
        key: one(LN3),
        value: one(8),
        pastKey,
        pastValue,
        seqlensK: ints([1]),
        totalSequenceLength: 2,
      },
      { numHeads: 1, kvNumHeads: 1, scale: 1 },
      { outputs: { presentKey: pastKey, presentValue: pastValue } },
    )
    expect(result.presentKey).toBe(pastKey)
    expect([...pastKey.data]).toEqual([0, Math.fround(LN3), 77])
    expect([...pastValue.data]).toEqual([4, 8, 77])
    expect(result.output.data[0]).toBeCloseTo(7, 6)
  })
})
