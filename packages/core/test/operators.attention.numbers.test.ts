import { beforeAll, describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { AttentionInputs, AttentionOutputs } from '../src/attention-operator-types.js'
import type { Attention } from '../src/attention-types.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
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
  WEIGHTS,
} from './support/canonical-attention.js'
import { ints } from './support/describe-rules.js'

type Outputs = AttentionOutputs<HostTensor<'float64'>>
type Inputs = AttentionInputs<HostTensor<'float64'>, HostTensor>

let backends: Attention
beforeAll(async () => {
  backends = await createAttention()
})

function inputsOf(rows: Rows, batch = 1): Inputs {
  return {
    input: float64(rows.flat(), batch, rows.length / batch, 4),
    weights: float64(WEIGHTS.flat(), 4, 12),
    bias: float64(BIAS, 12),
  }
}

async function run(inputs: Inputs, attributes: object = {}, outputs: Outputs = {}) {
  return backends.attention(inputs, { numHeads: 2, ...attributes }, { outputs })
}

async function rowsOf(...call: Parameters<typeof run>): Promise<Rows> {
  const { output } = await run(...call)
  const values = [...output.data]
  return Array.from({ length: values.length / 4 }, (_, at) => values.slice(4 * at, 4 * at + 4))
}

function expectRows(actual: Rows, expected: Rows, tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((row, at) => {
    row.forEach((value, column) => {
      expect(Math.abs(value - expected[at]![column]!)).toBeLessThan(tolerance)
    })
  })
}

const SWAPPED: Rows = [PLAIN[1]!, PLAIN[0]!]

describe("Attention gives ONNX Runtime's numbers", () => {
  it.each<[string, Rows, Partial<Inputs>, Rows]>([
    ['without padding', [A, B], {}, PLAIN],
    [
      'with an attention bias',
      [A, B],
      { attentionBias: float64(ATTENTION_BIAS, 1, 2, 2, 2) },
      BIASED,
    ],
    ['with one key of two', [A, B], { maskIndex: ints([1]) }, [ONLY_A, ONLY_A]],
    ['with more keys than there are', [A, B], { maskIndex: ints([3]) }, PLAIN],
    ['with ends and starts', [A, B], { maskIndex: ints([2, 0]) }, PLAIN],
    ['with padding on the right', [A, B], { maskIndex: ints([1, 0]) }, [ONLY_A, ONLY_A]],
    ['with padding on the left', [A, B], { maskIndex: ints([2, 1]) }, [ONLY_B, ONLY_B]],
    ['with 3·B + 2 lengths', [A, B], { maskIndex: ints([1, 0, 2, 0, 2]) }, [ONLY_A, ONLY_A]],
    ['with a mask of keys', [A, B], { maskIndex: ints([0, 1], 1, 2) }, [ONLY_B, ONLY_B]],
    ['with a dummy mask', [A, B], { maskIndex: ints([0], 1, 1) }, PLAIN],
    [
      'with a mask of queries and keys',
      [A, B],
      { maskIndex: ints([0, 1, 1, 0], 1, 2, 2) },
      [ONLY_B, ONLY_A],
    ],
    [
      'with a mask of all positions',
      [B, A],
      { maskIndex: ints([0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1], 1, 1, 4, 4) },
      [PLAIN[1]!, ONLY_A],
    ],
  ])('%s', async (_, rows, others, expected) => {
    expectRows(await rowsOf({ ...inputsOf(rows), ...others }), expected)
  })

  it.each<[string, Partial<Inputs>]>([
    ['a length of 0', { maskIndex: ints([0]) }],
    ['ends before starts', { maskIndex: ints([0, 2]) }],
    ['a mask of keys', { maskIndex: ints([0, 0], 1, 2) }],
    ['a mask of queries and keys', { maskIndex: ints([0, 0, 0, 0], 1, 2, 2) }],
    ['a mask of all positions', { maskIndex: ints([0, 0, 0, 0], 1, 1, 2, 2) }],
  ])('with every key masked by %s: as without a mask', async (_, others) => {
    const rows = await rowsOf({ ...inputsOf([B, A]), ...others })
    expectRows(rows, SWAPPED)
    expectRows(rows, ALL_MASKED, ALL_MASKED_TOLERANCE)
  })

  it('for two sequences, each with its own ends and starts', async () => {
    const inputs = inputsOf([B, A, B, A], 2)
    expectRows(await rowsOf({ ...inputs, maskIndex: ints([0, 0, 2, 2]) }), [...SWAPPED, ...SWAPPED])
    expectRows(await rowsOf({ ...inputs, maskIndex: ints([3, 2, 0, -1]) }), [
      ...SWAPPED,
      ...SWAPPED,
    ])
    const each = await rowsOf({ ...inputs, maskIndex: ints([2, 1, 1, 0]) })
    expectRows(each, [ONLY_A, ONLY_A, ONLY_B, ONLY_B])
  })

  it.each<[string, HostTensor]>([
    ['a mask of keys', ints([0, 1], 1, 2)],
    ['a mask of queries and keys', ints([0, 1, 1, 1], 1, 2, 2)],
  ])('causal, with the first key hidden by %s', async (name, maskIndex) => {
    const rows = await rowsOf({ ...inputsOf([B, A]), maskIndex }, { unidirectional: true })
    expectRows(rows, name === 'a mask of keys' ? [ONLY_B, ONLY_A] : [ONLY_B, SWAPPED[1]!])
  })
})

describe('Attention keeps to the same numbers', () => {
  it('with the scale given', async () => {
    expectRows(await rowsOf(inputsOf([A, B]), { scale: Math.SQRT1_2 }), PLAIN)
  })

  it('without a bias, where the input has it: a column of ones more', async () => {
    const withOnes = [...A, 1, ...B, 1]
    const inputs = {
      input: float64(withOnes, 1, 2, 5),
      weights: float64([...WEIGHTS.flat(), ...BIAS], 5, 12),
    }
    expectRows(await rowsOf(inputs), PLAIN)
  })

  it('with hidden sizes 6, 6 and 4: heads of Q and K with a zero more', async () => {
    const wider = (row: readonly number[]) => {
      const [q, k, v] = [0, 4, 8].map((at) => row.slice(at, at + 4)) as [
        number[],
        number[],
        number[],
      ]
      const spread = (part: number[]) => [...part.slice(0, 2), 0, ...part.slice(2), 0]
      return [...spread(q), ...spread(k), ...v]
    }
    const inputs = {
      ...inputsOf([A, B]),
      weights: float64(WEIGHTS.flatMap(wider), 4, 16),
      bias: float64(wider(BIAS), 16),
    }
    const attributes = { qkvHiddenSizes: [6, 6, 4], scale: Math.SQRT1_2 }
    expectRows(await rowsOf(inputs, attributes), PLAIN)
  })

  it('one row after the other, with what the first left as the past', async () => {
    const causal = { unidirectional: true }
    const first = await run(inputsOf([A]), causal, { present: true })
    expect(first.present?.shape).toEqual([2, 1, 2, 1, 2])
    const past = first.present!
    const both = { ...inputsOf([B]), past }
    const { output, present } = await run(both, causal, { present: true })
    expectRows([[...output.data]], [PLAIN[1]!])
    const whole = await run(inputsOf([A, B]), causal, { present: true })
    expect([...present!.data]).toEqual([...whole.present!.data])
    const halves = { ...both, maskIndex: ints([1, 0], 1, 2) }
    expectRows(await rowsOf(halves, {}, { present: true }), [ONLY_A])
    const square = ints([1, 1, 1, 0, 1, 1, 1, 1, 1], 1, 1, 3, 3)
    expectRows(await rowsOf({ ...both, maskIndex: square }, {}, { present: true }), [ONLY_B])
  })

  it('in a shared buffer, which grows in place', async () => {
    const buffer = emptyTensor([2, 1, 2, 5, 2], 'float64')
    buffer.data.fill(Number.NaN)
    const shared = { pastPresentShareBuffer: true, unidirectional: true }
    const step = (row: readonly number[], pastSequenceLength: number) =>
      run({ ...inputsOf([row]), past: buffer, pastSequenceLength }, shared, { present: buffer })
    const first = await step(A, 0)
    expect(first.present).toBe(buffer)
    expectRows([[...first.output.data]], [ONLY_A])
    expectRows([[...(await step(B, 1)).output.data]], [PLAIN[1]!])
    const { present } = await run(inputsOf([A, B]), {}, { present: true })
    for (let head = 0; head < 4; head++) {
      const rows = buffer.data.slice(10 * head, 10 * head + 10)
      expect([...rows.slice(0, 4)]).toEqual([...present!.data.slice(4 * head, 4 * head + 4)])
      expect([...rows.slice(4)]).toEqual(new Array(6).fill(Number.NaN))
    }
  })

  it('with a filter value that is added', async () => {
    const inputs = { ...inputsOf([A, B]), maskIndex: ints([1, 0], 1, 2) }
    const bias = float64([0, -2, 0, -2], 1, 1, 2, 2)
    const expected = await rowsOf({ ...inputsOf([A, B]), attentionBias: bias })
    expectRows(await rowsOf(inputs, { maskFilterValue: -2 }), expected, 1e-12)
  })
})

/** Q or K of the rows, with its bias, each head rotated by its position. */
function rotated(rows: Rows, third: number, from: number): number[] {
  const plain = projected(rows, third).map((value, i) => value + BIAS[4 * third + (i % 4)]!)
  return plain.map((value, i) => {
    const angle = from + Math.floor(i / 4)
    const isFirst = i % 2 === 0
    const other = plain[isFirst ? i + 1 : i - 1]!
    return value * Math.cos(angle) + (isFirst ? -other : other) * Math.sin(angle)
  })
}

describe('Attention rotates', () => {
  const value = (rows: Rows) => projected(rows, 2).map((element, i) => element + BIAS[8 + (i % 4)]!)

  it('queries and keys by their position, after the bias', async () => {
    const rows = [A, B]
    const { output } = await backends.multiHeadAttention(
      {
        query: float64(rotated(rows, 0, 0), 1, 2, 4),
        key: float64(rotated(rows, 1, 0), 1, 2, 4),
        value: float64(value(rows), 1, 2, 4),
      },
      { numHeads: 2 },
    )
    const actual = await run(inputsOf(rows), { doRotary: true })
    actual.output.data.forEach((element, i) => {
      expect(element).toBeCloseTo(output.data[i]!, 10)
    })
    expect(actual.output.data[0]).not.toBeCloseTo(PLAIN[0]![0]!, 2)
  })

  it('behind a past by the positions that follow it, and keeps keys as they were rotated', async () => {
    const attributes = { doRotary: true, unidirectional: true }
    const whole = await run(inputsOf([A, B, A]), attributes, { present: true })
    const { present: past } = await run(inputsOf([A, B]), attributes, { present: true })
    const last = await run({ ...inputsOf([A]), past: past! }, attributes, { present: true })
    last.output.data.forEach((element, i) => {
      expect(element).toBeCloseTo(whole.output.data[8 + i]!, 10)
    })
    expect([...last.present!.data]).toEqual([...whole.present!.data])
  })

  it('the first elements of each head only, when asked to', async () => {
    // With one head of 4, a rotation of 2 pairs elements 0 and 1; one of 4 pairs 0 with 2.
    const attributes = { numHeads: 1, doRotary: true, rotaryEmbeddingDim: 2 }
    const { present } = await run(inputsOf([A, B]), attributes, { present: true })
    const plain = projected([A, B], 1).map((element, i) => element + BIAS[4 + (i % 4)]!)
    const [x, y, ...rest] = plain.slice(4) as [number, number, number, number]
    const [cos, sin] = [Math.cos(1), Math.sin(1)]
    const expected = [...plain.slice(0, 4), x * cos - y * sin, y * cos + x * sin, ...rest]
    expected.forEach((element, i) => {
      expect(present!.data[i]).toBeCloseTo(element, 10)
    })
  })
})
