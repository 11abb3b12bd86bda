import { describe, expect, it } from 'vitest'
import { multiHeadAttention } from '../src/operators/multi-head-attention.js'
import type { Attributes, Specs } from '../src/operators/operator.js'
import type { AttentionTensors } from '../src/problem/attention-tensors.js'
import { computeReference } from '../src/reference/compute-reference.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import {
  A,
  ALL_MASKED,
  ALL_MASKED_TOLERANCE,
  ATTENTION_BIAS,
  B,
  BIAS,
  BIASED,
  float64,
  ONLY_A,
  ONLY_B,
  PLAIN,
  projected,
  type Rows,
} from './support/canonical-attention.js'

// ONNX Runtime's Attention projects the input first; here that is done beforehand, and MultiHeadAttention gets what
// comes of it.

function int(values: readonly number[], ...shape: number[]): HostTensor {
  return tensor(Int32Array.from(values), shape)
}

type Inputs = Readonly<Record<string, HostTensor>>

async function outputs(inputs: Inputs, attributes: Attributes, requested: string[] = []) {
  const lowered = multiHeadAttention.lower(inputs as Specs, attributes, {}, new Set(requested))
  const roles = Object.entries(lowered.roles).map(([role, name]) => [role, inputs[name]])
  const made = lowered.outputs.flatMap(({ roles, shape }) =>
    roles.map((role) => [role, emptyTensor(shape, 'float64')]),
  )
  const tensors = Object.fromEntries([...roles, ...made]) as AttentionTensors<HostTensor>
  return computeReference({ ...tensors, problem: lowered.problem })
}

function separate(rows: Rows, batch = 1): Inputs {
  const part = (third: number) => float64(projected(rows, third), batch, rows.length / batch, 4)
  return { query: part(0), key: part(1), value: part(2), bias: float64(BIAS, 12) }
}

async function rowsOf(inputs: Inputs, attributes: Attributes = {}): Promise<number[][]> {
  const { output } = await outputs(inputs, { numHeads: 2, ...attributes })
  return Array.from({ length: output.length / 4 }, (_, at) => [...output.slice(4 * at, 4 * at + 4)])
}

function expectRows(actual: Rows, expected: Rows, tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((row, at) => {
    row.forEach((value, c) => {
      expect(Math.abs(value - expected[at]![c]!)).toBeLessThan(tolerance)
    })
  })
}

describe('MultiHeadAttention computes what ONNX Runtime expects of Attention', () => {
  it('without padding', async () => {
    expectRows(await rowsOf(separate([A, B])), PLAIN)
  })

  it('for a batch of two', async () => {
    expectRows(await rowsOf(separate([A, B, A, B], 2)), [...PLAIN, ...PLAIN])
  })

  it('with one key of two', async () => {
    const inputs = { ...separate([A, B]), keyPaddingMask: int([1], 1) }
    expectRows(await rowsOf(inputs), [ONLY_A, ONLY_A])
  })

  it('with more keys than there are', async () => {
    expectRows(await rowsOf({ ...separate([A, B]), keyPaddingMask: int([3], 1) }), PLAIN)
  })

  it('with an attention bias', async () => {
    const inputs = { ...separate([A, B]), attentionBias: float64(ATTENTION_BIAS, 1, 2, 2, 2) }
    expectRows(await rowsOf(inputs), BIASED)
  })

  it.each([
    ['lengths', int([0], 1)],
    ['a mask of keys', int([0, 0], 1, 2)],
    ['a mask of queries and keys', int([0, 0, 0, 0], 1, 2, 2)],
  ])('with nothing left by %s: as without a mask', async (_, keyPaddingMask) => {
    const rows = await rowsOf({ ...separate([B, A]), keyPaddingMask })
    expectRows(rows, [PLAIN[1]!, PLAIN[0]!])
    expectRows(rows, ALL_MASKED, ALL_MASKED_TOLERANCE)
  })

  it('causal, with the first key hidden: it stays the only one of the first row', async () => {
    const inputs = { ...separate([B, A]), keyPaddingMask: int([0, 1], 1, 2) }
    expectRows(await rowsOf(inputs, { unidirectional: true }), [ONLY_B, ONLY_A])
  })
})

describe('MultiHeadAttention by hand', () => {
  const one = { numHeads: 1, scale: 1 }
  const LN3 = Math.log(3)

  it('weighs values by the exponentials of the scores', async () => {
    const inputs = {
      query: float64([1], 1, 1, 1),
      key: float64([0, LN3], 1, 2, 1),
      value: float64([4, 8], 1, 2, 1),
    }
    expect((await outputs(inputs, one)).output[0]).toBeCloseTo(7, 12)
    const flipped = await outputs(inputs, { ...one, scale: -1 })
    expect(flipped.output[0]).toBeCloseTo(5, 12)
  })

  it('reads packed heads outside and parts inside', async () => {
    // Two heads with H 1: (q, k, v) of head 0, then of head 1; two tokens.
    const query = float64([1, 0, 10, 1, 0, 100, 1, LN3, 30, 1, LN3, 500], 1, 2, 2, 3, 1)
    const { output } = await outputs({ query }, { ...one, numHeads: 2 })
    expect([...output].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([25, 400, 25, 400])
  })

  it('adds only the part of Q of a bias to keys of rank 4', async () => {
    const inputs = {
      query: float64([0], 1, 1, 1),
      key: float64([0, 1], 1, 1, 2, 1),
      value: float64([4, 8], 1, 1, 2, 1),
      bias: float64([LN3, 50, 1000], 3),
    }
    expect((await outputs(inputs, one)).output[0]).toBeCloseTo(7, 12)
  })

  it('aligns causal with the first key, and with the past in front of it', async () => {
    const inputs = {
      query: float64([0, 0], 1, 2, 1),
      key: float64([0, 0, 0], 1, 3, 1),
      value: float64([1, 2, 6], 1, 3, 1),
    }
    const causal = { ...one, unidirectional: true }
    expect([...(await outputs(inputs, causal)).output]).toEqual([1, 1.5])
    const past = { pastKey: float64([0], 1, 1, 1, 1), pastValue: float64([9], 1, 1, 1, 1) }
    const { output, presentValue } = await outputs({ ...inputs, ...past }, causal, ['presentValue'])
    expect([...output]).toEqual([5, 4])
    expect([...presentValue!]).toEqual([9, 1, 2, 6])
  })

  it('shows the scores right before the softmax', async () => {
    const inputs = {
      query: float64([2, 1], 1, 2, 1),
      key: float64([3, 5], 1, 2, 1),
      value: float64([0, 0], 1, 2, 1),
      keyPaddingMask: int([0, 1], 1, 2),
      attentionBias: float64([0.25, 0.5, 0.75, 1], 1, 1, 2, 2),
    }
    const { qk } = await outputs(inputs, { ...one, unidirectional: true }, ['qk'])
    expect([...qk!]).toEqual([-9993.75, -Number.MAX_VALUE, -9996.25, 6])
  })

  it('adds a filter value above -1000', async () => {
    const inputs = {
      query: float64([0], 1, 1, 1),
      key: float64([0, 0], 1, 2, 1),
      value: float64([4, 8], 1, 2, 1),
      keyPaddingMask: int([0, 1], 1, 2),
    }
    const { output } = await outputs(inputs, { ...one, maskFilterValue: -LN3 })
    expect(output[0]).toBeCloseTo(7, 12)
    expect((await outputs(inputs, { ...one, maskFilterValue: -1000 })).output[0]).toBe(8)
  })
})
