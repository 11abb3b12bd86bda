import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import { attention } from '../src/operators/attention.js'
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

// B 2, S 3, Di 5, N 4, H 8; UNEQUAL: Hv 6. PAST: P 7, SHARED: M 7 of which 2 are valid.
const heads = { numHeads: 4 }
const INPUTS = { input: float(2, 3, 5), weights: float(5, 96), bias: float(96) }
const PAST = { ...INPUTS, past: float(2, 2, 4, 7, 8) }
const PLAIN: SpecCall = { inputs: INPUTS, attributes: heads }
const UNEQUAL: SpecCall = {
  inputs: { ...INPUTS, weights: float(5, 88), bias: float(88) },
  attributes: { ...heads, qkvHiddenSizes: [32, 32, 24] },
}
const WITH_PAST: SpecCall = { inputs: PAST, attributes: heads, requested: ['present'] }
const SHARED: SpecCall = {
  ...WITH_PAST,
  attributes: { ...heads, pastPresentShareBuffer: 1 },
  scalars: { pastSequenceLength: 2 },
}

/** A call with other inputs, attributes or scalars. */
function but(call: SpecCall, inputs: object, attributes: object = {}, scalars: object = {}) {
  return {
    ...call,
    inputs: { ...call.inputs, ...inputs },
    attributes: { ...call.attributes, ...attributes },
    scalars: { ...call.scalars, ...scalars },
  }
}

describe('Attention becomes', () => {
  it('a product in which Q, K and V lie side by side', () => {
    const { problem, roles, projection, outputs } = lower(attention, UNEQUAL)
    expect(projection).toEqual({
      input: 'input',
      weights: 'weights',
      dtype: 'float32',
      tokens: 6,
      inputWidth: 5,
      width: 88,
    })
    expect(roles).toEqual({ projectionBias: 'bias' })
    expect(problem).toMatchObject({
      operator: 'Attention',
      layout: 'bsnh',
      batch: 2,
      seqlenQ: 3,
      seqlenK: 3,
      numHeads: 4,
      numHeadsKv: 4,
      headDim: 8,
      headDimV: 6,
      softmaxScale: 1 / Math.sqrt(8),
      projectionBias: { q: true, k: true, v: true },
      emptyRows: 'ignore-mask',
      cacheStacked: false,
      present: false,
    })
    expect(problem.q).toEqual({ offset: 0, batchStride: 264, seqStride: 88, headStride: 8 })
    expect(problem.k).toMatchObject({ offset: 32, headStride: 8 })
    expect(problem.v).toMatchObject({ offset: 64, headStride: 6 })
    expect(outputs).toEqual([
      { name: 'output', roles: ['output'], dtype: 'float32', shape: [2, 3, 24] },
    ])
  })

  it('a problem without a projection bias where there is none', () => {
    const { problem, roles } = lower(attention, but(PLAIN, { bias: undefined }))
    expect(problem.projectionBias).toBeNull()
    expect(roles).toEqual({})
  })

  it('a stacked cache, past and present one tensor each, and a diagonal that it shifts', () => {
    const { problem, roles, outputs } = lower(
      attention,
      but(WITH_PAST, {}, { unidirectional: true }),
    )
    expect(problem).toMatchObject({
      seqlenK: 10,
      past: { seqlen: 7, perBatch: false, bufferLength: null },
      cacheStacked: true,
      present: true,
      causal: true,
      causalOffset: 7,
    })
    expect(roles).toMatchObject({ pastKey: 'past', pastValue: 'past' })
    expect(outputs[1]).toEqual({
      name: 'present',
      roles: ['presentKey', 'presentValue'],
      dtype: 'float32',
      shape: [2, 2, 4, 10, 8],
    })
  })

  it('a stacked cache without a past', () => {
    const { problem, outputs } = lower(attention, { ...PLAIN, requested: ['present'] })
    expect(problem).toMatchObject({ past: null, cacheStacked: true, present: true })
    expect(outputs[1]?.shape).toEqual([2, 2, 4, 3, 8])
  })

  it('a shared buffer', () => {
    const { problem, outputs } = lower(attention, SHARED)
    expect(problem).toMatchObject({ seqlenK: 5, past: { seqlen: 2, bufferLength: 7 } })
    expect(outputs[1]?.shape).toEqual([2, 2, 4, 7, 8])
  })

  it('a mask of each kind', () => {
    const maskOf = (shape: number[], call = WITH_PAST) =>
      lower(attention, but(call, { maskIndex: int(...shape) }))
    expect(maskOf([2]).problem.mask).toEqual({
      kind: 'lengths',
      dtype: 'int32',
      filterValue: -10000,
    })
    expect(maskOf([4]).problem.mask).toMatchObject({ kind: 'start-end' })
    expect(maskOf([8]).problem.mask).toMatchObject({ kind: 'lengths' })
    expect(maskOf([2, 10]).problem.mask).toMatchObject({
      kind: '2d',
      view: { offset: 0, batchStride: 10, headStride: 0, rowStride: 0 },
    })
    expect(maskOf([2, 3, 10]).problem.mask).toMatchObject({
      kind: '3d',
      view: { offset: 0, batchStride: 30, headStride: 0, rowStride: 10 },
    })
    const square = maskOf([2, 1, 12, 12])
    expect(square.problem.mask).toMatchObject({
      kind: '4d',
      view: { offset: 84, batchStride: 144, headStride: 0, rowStride: 12 },
    })
    expect(square.roles.mask).toBe('maskIndex')
  })

  it.each([[[1, 1]], [[2, 1]]])('no mask for a dummy %j', (shape) => {
    const { problem, roles } = lower(attention, but(PLAIN, { maskIndex: int(...shape) }))
    expect(problem.mask).toBeNull()
    expect(roles.mask).toBeUndefined()
  })

  it('takes a mask (B, 1) for a dummy where there is one key: it would be seen, masked or not', () => {
    const one = but(PLAIN, { input: float(2, 1, 5), maskIndex: int(2, 1) })
    expect(lower(attention, one).problem.mask).toBeNull()
  })

  it('tells forms of equal size apart by the order of ONNX Runtime', () => {
    const maskOf = (batch: number, length: number) =>
      lower(attention, but(PLAIN, { input: float(batch, 3, 5), maskIndex: int(length) })).problem
        .mask?.kind
    expect(maskOf(1, 1)).toBe('lengths')
    expect(maskOf(1, 2)).toBe('start-end')
    expect(maskOf(1, 5)).toBe('lengths')
    expect(maskOf(0, 0)).toBe('lengths')
    expect(maskOf(0, 2)).toBe('lengths')
  })

  it('a rotary embedding of halves', () => {
    const rotaryOf = (attributes: object) => lower(attention, but(PLAIN, {}, attributes)).problem
    const rotary = { interleaved: false, base: 10000, tableRows: 0, positions: false }
    expect(rotaryOf({}).rotary).toBeNull()
    expect(rotaryOf({ rotaryEmbeddingDim: 5 }).rotary).toBeNull()
    expect(rotaryOf({ doRotary: 1 }).rotary).toEqual({ dim: 8, ...rotary })
    expect(rotaryOf({ doRotary: true, rotaryEmbeddingDim: 4 }).rotary).toEqual({
      dim: 4,
      ...rotary,
    })
  })

  it('scales: 0 is the default, negative ones are legal', () => {
    const scaleOf = (scale: number) => lower(attention, but(PLAIN, {}, { scale })).problem
    expect(scaleOf(0).softmaxScale).toBe(1 / Math.sqrt(8))
    expect(scaleOf(-0.5).softmaxScale).toBe(-0.5)
  })
})

const SIZES = 'sizes from 0 to 2^31 - 1, 2^53 - 1 elements'
const MASKS =
  '(2), (4), (8), (2, 3), (1, 1), (2, 1), (2, 3, 3) or (2, 1, M, M) with M of at least 3'
const masked = (...shape: number[]): RuleCase => [
  'maskIndex.shape',
  `(${shape.join(', ')})`,
  MASKS,
  but(PLAIN, { maskIndex: int(...shape) }),
]

const CASES: Readonly<Record<string, readonly RuleCase[]>> = {
  A2: [['input.shape', '(6, 5)', 'rank 3: (B, S, Di)', but(PLAIN, { input: float(6, 5) })]],
  A3: [['bias.shape', '(1, 96)', 'rank 1: (2·D + Dv)', but(PLAIN, { bias: float(1, 96) })]],
  A4: [
    [
      'weights.shape',
      '(5, 3, 32)',
      'rank 2: (Di, 2·D + Dv)',
      but(PLAIN, { weights: float(5, 3, 32) }),
    ],
  ],
  A5: [['weights.shape[0]', '6', '5 (Di of input)', but(PLAIN, { weights: float(6, 96) })]],
  A6: [['bias.shape[0]', '95', '96 (the columns of weights)', but(PLAIN, { bias: float(95) })]],
  A7: [
    ['qkvHiddenSizes', '2 sizes', '3: of Q, K and V', but(PLAIN, {}, { qkvHiddenSizes: [48, 48] })],
    ['qkvHiddenSizes', '0 sizes', '3: of Q, K and V', but(PLAIN, {}, { qkvHiddenSizes: [] })],
  ],
  A8: [
    [
      'qkvHiddenSizes[2]',
      '30',
      'a multiple of 4, numHeads',
      but(PLAIN, {}, { qkvHiddenSizes: [32, 32, 30] }),
    ],
    [
      'weights.shape[1]',
      '96',
      'a multiple of 15: Q, K and V of numHeads heads each',
      but(PLAIN, {}, { numHeads: 5 }),
    ],
  ],
  A9: [['qkvHiddenSizes[1]', '16', '32, as Q', but(PLAIN, {}, { qkvHiddenSizes: [32, 16, 48] })]],
  A11: [
    ['bias.shape[0]', '96', '88 (Dq + Dk + Dv)', but(UNEQUAL, { bias: float(96) })],
    ['weights.shape[1]', '96', '88 (Dq + Dk + Dv)', but(UNEQUAL, { weights: float(5, 96) })],
  ],
  A12: [
    [
      'qkvHiddenSizes[2]',
      '24',
      '32, as K, with a past or present',
      { ...but(UNEQUAL, { past: PAST.past }), requested: ['present'] },
    ],
    [
      'qkvHiddenSizes[2]',
      '24',
      '32, as K, with a past or present',
      { ...UNEQUAL, requested: ['present'] },
    ],
  ],
  A13: [
    [
      'past.shape',
      '(2, 4, 7, 8)',
      'rank 5: (2, B, N, P, H) or (2, B, N, M, H)',
      but(WITH_PAST, { past: float(2, 4, 7, 8) }),
    ],
  ],
  A14: [
    ['past.shape[0]', '1', '2 (keys and values)', but(WITH_PAST, { past: float(1, 2, 4, 7, 8) })],
  ],
  A15: [['past.shape[1]', '3', '2 (B of input)', but(WITH_PAST, { past: float(2, 3, 4, 7, 8) })]],
  A16: [['past.shape[2]', '5', '4 (N, numHeads)', but(WITH_PAST, { past: float(2, 2, 5, 7, 8) })]],
  A17: [['past.shape[4]', '9', '8 (H)', but(WITH_PAST, { past: float(2, 2, 4, 7, 9) })]],
  A18: [
    [
      'pastSequenceLength',
      'undefined',
      'an integer known on the host',
      but(WITH_PAST, {}, { pastPresentShareBuffer: true }),
    ],
    ['pastSequenceLength.shape', '2', '1 element', but(SHARED, { pastSequenceLength: int(2) })],
    ['past', 'undefined', 'a past with pastPresentShareBuffer', but(SHARED, { past: undefined })],
  ],
  A19: [
    [
      'pastSequenceLength',
      '5',
      '0 to 4: M - L, 7 - 3',
      but(SHARED, {}, {}, { pastSequenceLength: 5 }),
    ],
    [
      'pastSequenceLength',
      '-1',
      '0 to 4: M - L, 7 - 3',
      but(SHARED, {}, {}, { pastSequenceLength: -1 }),
    ],
  ],
  A20: [
    masked(3),
    masked(2, 4),
    masked(3, 1),
    masked(1, 3),
    masked(2, 3, 4),
    masked(1, 3, 3),
    masked(2, 1, 2, 2),
    masked(2, 1, 4, 3),
    masked(2, 4, 3, 3),
    masked(1, 1, 3, 3),
    masked(),
    masked(2, 1, 3, 3, 1),
    [
      'unidirectional',
      'true',
      'false with a mask (B, 1, M, M)',
      but(PLAIN, { maskIndex: int(2, 1, 3, 3) }, { unidirectional: 1 }),
    ],
  ],
  A21: [
    [
      'attentionBias.shape',
      '(3, 3)',
      'rank 4: (B or 1, N or 1, S, T)',
      but(PLAIN, { attentionBias: float(3, 3) }),
    ],
    [
      'attentionBias.shape[0]',
      '3',
      '2 (B, or 1)',
      but(PLAIN, { attentionBias: float(3, 4, 3, 3) }),
    ],
    [
      'attentionBias.shape[1]',
      '2',
      '4 (N, or 1)',
      but(PLAIN, { attentionBias: float(1, 2, 3, 3) }),
    ],
    ['attentionBias.shape[2]', '1', '3 (S)', but(PLAIN, { attentionBias: float(1, 1, 1, 3) })],
    [
      'attentionBias.shape[3]',
      '3',
      '10 (T, past and new keys)',
      but(WITH_PAST, { attentionBias: float(1, 1, 3, 3) }),
    ],
  ],
  A22: [['maskIndex.shape[3]', '8', '7 (M of past)', but(SHARED, { maskIndex: int(2, 1, 8, 8) })]],
  A24: [
    [
      'outputs.present',
      'not asked for',
      'true, or a tensor for it, with a past',
      { ...WITH_PAST, requested: [] },
    ],
  ],
  E1: [
    [
      'mask',
      'an unknown input',
      'one of input, weights, bias, maskIndex, past, attentionBias, pastSequenceLength',
      but(PLAIN, { mask: int(2) }),
    ],
    [
      'num_heads',
      'an unknown attribute',
      'one of numHeads, unidirectional, qkvHiddenSizes, pastPresentShareBuffer, doRotary, rotaryEmbeddingDim, maskFilterValue, scale',
      but(PLAIN, {}, { num_heads: 4 }),
    ],
    [
      'presentKey',
      'an unknown output',
      'one of output, present',
      { ...PLAIN, requested: ['presentKey'] },
    ],
  ],
  E2: [
    ['input', 'undefined', 'a tensor', but(PLAIN, { input: undefined })],
    ['weights', 'undefined', 'a tensor', but(PLAIN, { weights: undefined })],
    ['numHeads', 'undefined', 'a value', but(PLAIN, {}, { numHeads: undefined })],
  ],
  E3: [
    ['weights.shape', '(5, -96)', SIZES, but(PLAIN, { weights: float(5, -96) })],
    ['past.shape', '(2147483648)', SIZES, but(WITH_PAST, { past: float(2 ** 31) })],
  ],
  E4: [
    [
      'weights.dtype',
      '"int8"',
      'float32, float16, bfloat16, float64',
      but(PLAIN, { weights: { dtype: 'int8', shape: [5, 96] } }),
    ],
    [
      'maskIndex.dtype',
      '"float32"',
      'int32, int64, bool, uint8',
      but(PLAIN, { maskIndex: float(2) }),
    ],
  ],
  E5: [
    ['numHeads', '4.5', 'an integer', but(PLAIN, {}, { numHeads: 4.5 })],
    ['qkvHiddenSizes', '32', 'a list of integers', but(PLAIN, {}, { qkvHiddenSizes: 32 })],
    ['unidirectional', '2', 'true or false, or 1 or 0', but(PLAIN, {}, { unidirectional: 2 })],
    ['scale', 'Infinity', 'a finite number', but(PLAIN, {}, { scale: Number.POSITIVE_INFINITY })],
    [
      'maskFilterValue',
      'Infinity',
      'a number below Infinity',
      but(PLAIN, {}, { maskFilterValue: Number.POSITIVE_INFINITY }),
    ],
  ],
  E9: [
    ['numHeads', '0', 'at least 1', but(PLAIN, {}, { numHeads: 0 })],
    [
      'weights.shape[1]',
      '0',
      'head dims of at least 1',
      but(PLAIN, { weights: float(5, 0), bias: float(0) }),
    ],
    [
      'qkvHiddenSizes[2]',
      '0',
      'at least numHeads',
      but(PLAIN, {}, { qkvHiddenSizes: [48, 48, 0] }),
    ],
  ],
  E10: [
    [
      'weights.dtype',
      '"float16"',
      'float32, the dtype of input',
      but(PLAIN, { weights: { dtype: 'float16', shape: [5, 96] } }),
    ],
    [
      'maskIndex.dtype',
      '"int64"',
      'int32 for lengths',
      but(PLAIN, { maskIndex: { dtype: 'int64', shape: [4] } }),
    ],
  ],
  E12: [
    ['maskIndex[1]', '-1', '0 or more', but(PLAIN, { maskIndex: ints([3, -1]) })],
    ['maskIndex[0]', '-2', '0 or more', but(PLAIN, { maskIndex: ints([-2, 3, 0, 0]) })],
    ['maskIndex[4]', '2', 'at least 3', but(PLAIN, { maskIndex: ints([3, 3, 0, 3, 2, 0, 3, 6]) })],
  ],
  E13: [
    [
      'problem',
      'Infinity',
      'offsets below 2^53',
      {
        inputs: { input: float(1, 2e9, 1), weights: float(1, 3) },
        attributes: { numHeads: 1 },
      },
    ],
  ],
  E14: [
    [
      'rotaryEmbeddingDim',
      '10',
      'an even number up to H, 8, or 0 for an even H',
      but(PLAIN, {}, { doRotary: 1, rotaryEmbeddingDim: 10 }),
    ],
    [
      'rotaryEmbeddingDim',
      '3',
      'an even number up to H, 8, or 0 for an even H',
      but(PLAIN, {}, { doRotary: 1, rotaryEmbeddingDim: 3 }),
    ],
    [
      'rotaryEmbeddingDim',
      '0',
      'an even number up to H, 1, or 0 for an even H',
      but(PLAIN, {}, { doRotary: 1, numHeads: 32 }),
    ],
  ],
  E15: [
    [
      'pastSequenceLength',
      '2',
      '7, the length of the past, without pastPresentShareBuffer',
      but(WITH_PAST, {}, {}, { pastSequenceLength: 2 }),
    ],
    [
      'pastSequenceLength',
      '1',
      '0, the length of the past, without pastPresentShareBuffer',
      but(PLAIN, {}, {}, { pastSequenceLength: 1 }),
    ],
  ],
}

describeRules(attention, CASES)

/** Runs a call of zeros of the shapes given, and tells the shape of its output. */
async function outputShape({ inputs, attributes = {}, requested = [] }: SpecCall) {
  const made = Object.entries(inputs).map(([name, spec]) => [
    name,
    spec && emptyTensor(spec.shape, spec.dtype),
  ])
  const backends = await createAttention()
  const outputs = Object.fromEntries(requested.map((name) => [name, true]))
  const { output } = await backends.call(
    'Attention',
    Object.fromEntries(made),
    attributes as never,
    {
      outputs,
    },
  )
  return output.shape
}

describeLifted(attention, {
  A1: async () => {
    expect(await outputShape(but(WITH_PAST, { attentionBias: float(1, 4, 3, 10) }))).toEqual([
      2, 3, 32,
    ])
  },
  A10: async () => expect(await outputShape(UNEQUAL)).toEqual([2, 3, 24]),
  A20: async () => {
    expect(await outputShape(but(PLAIN, { maskIndex: int(2, 1, 4, 4) }))).toEqual([2, 3, 32])
  },
  A23: async () => {
    const inputs = { input: float(1, 2, 1), weights: float(1, 3 * 1025) }
    expect(await outputShape({ inputs, attributes: { numHeads: 1025 } })).toEqual([1, 2, 1025])
  },
})

describe('Attention', () => {
  it('names every fault at once', () => {
    const faults = faultsOf(attention, {
      inputs: {
        input: float(2, 3, 5),
        weights: float(6, 96),
        bias: float(7),
        maskIndex: int(5),
        past: float(3, 2, 4, 7, 9),
        attentionBias: float(1, 3, 3, 3),
        x: float(1),
      },
      attributes: { numHeads: 4, scale: 'big', doRotary: 1, rotaryEmbeddingDim: 9 },
    })
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'attentionBias.shape[1]',
      'attentionBias.shape[3]',
      'bias.shape[0]',
      'maskIndex.shape',
      'outputs.present',
      'past.shape[0]',
      'past.shape[4]',
      'rotaryEmbeddingDim',
      'scale',
      'weights.shape[0]',
      'x',
    ])
  })

  it('says nothing of what a faulty past keeps from being known', () => {
    const inputs = {
      past: float(2, 4, 7, 8),
      attentionBias: float(1, 1, 3, 10),
      maskIndex: int(2, 10),
    }
    const faults = faultsOf(attention, but(WITH_PAST, inputs))
    expect(faults.map(({ rule }) => rule)).toEqual(['A13'])
  })

  it('clamps ends past the keys, and starts', () => {
    const call = but(PLAIN, { maskIndex: ints([9, 2, 0, -1]) })
    expect(faultsOf(attention, call)).toEqual([])
  })

  it('says which argument is missing or wrong in a call', async () => {
    const { attention: method } = await createAttention()
    const input = tensor(new Float32Array(6), [1, 2, 3])
    await expect(method({ input, weights: input }, { numHeads: 1 })).rejects.toThrow(
      /^Attention: weights\.shape: found \(1, 2, 3\), required rank 2: \(Di, 2·D \+ Dv\) \(A4\)$/,
    )
  })

  it('asks for present beside a past whatever else is wrong with the outputs', async () => {
    const backends = await createAttention()
    const zeros = (...shape: number[]) => emptyTensor(shape, 'float32')
    const inputs = { input: zeros(1, 2, 3), weights: zeros(3, 12), past: zeros(2, 1, 2, 5, 2) }
    const options = { outputs: { presnt: true } }
    await expect(
      backends.call('Attention', inputs, { numHeads: 2 }, options),
    ).rejects.toMatchObject({
      details: { faults: [{ path: 'outputs.presnt' }, { path: 'outputs.present', rule: 'A24' }] },
    })
  })

  it('is found by its name', () => {
    expect(OPERATORS.get('Attention')).toBe(attention)
  })
})
