import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { CallInputs, OperatorResult } from '../src/attention-types.js'
import { Random } from '../src/conformance/random.js'
import { compareTensors } from '../src/numeric/compare-tensors.js'
import { TOLERANCES } from '../src/numeric/tolerances.js'
import type { Specs } from '../src/operators/operator.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'

// The same tokens, in one call or in several that share a cache.

const TOKENS = 11
const STEPS = [4, 3, 1, 1, 1, 1]
const [HEADS, HEADS_KV, DIM] = [4, 2, 8]

type Floats = HostTensor<'float32'>

function floats(random: Random, ...shape: number[]): Floats {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  )
}

/** Tokens [begin, end) of (1, tokens, width). */
function tokens({ data, shape }: Floats, begin: number, end: number): Floats {
  const width = shape[2]!
  return tensor(data.slice(begin * width, end * width), [1, end - begin, width])
}

/** The first `rows` rows of (1, heads, rows, width). */
function firstRows({ data, shape }: Floats, rows: number): Floats {
  const [, heads, before, width] = shape as [number, number, number, number]
  const result = emptyTensor([1, heads, rows, width], 'float32') as Floats
  for (let head = 0; head < heads; head++) {
    const from = data.subarray(head * before * width, (head * before + rows) * width)
    result.data.set(from, head * rows * width)
  }
  return result
}

const starts = STEPS.map((_, step) => STEPS.slice(0, step).reduce((sum, size) => sum + size, 0))
const outputOf = (result: OperatorResult) => [...(result.output as Floats).data]

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(compareTensors(actual, expected, TOLERANCES.float32)).toMatchObject({ ok: true })
}

describe('GroupQueryAttention', () => {
  const random = new Random(7)
  const query = floats(random, 1, TOKENS, HEADS * DIM)
  const key = floats(random, 1, TOKENS, HEADS_KV * DIM)
  const value = floats(random, 1, TOKENS, HEADS_KV * DIM)
  const tables = { cosCache: floats(random, 16, 4), sinCache: floats(random, 16, 4) }
  const weights = { qNormWeight: floats(random, DIM), kNormWeight: floats(random, DIM) }
  const attributes = { numHeads: HEADS, kvNumHeads: HEADS_KV, doRotary: 1, localWindowSize: 5 }
  const lengths = (total: number) => ({
    seqlensK: tensor(Int32Array.of(total - 1), [1]),
    totalSequenceLength: total,
  })
  const whole = { query, key, value, ...tables, ...weights, ...lengths(TOKENS) }

  async function expected(): Promise<number[]> {
    const attention = await createAttention()
    return outputOf(await attention.call('GroupQueryAttention', whole, attributes))
  }

  const stepInputs = (begin: number, size: number): CallInputs => ({
    query: tokens(query, begin, begin + size),
    key: tokens(key, begin, begin + size),
    value: tokens(value, begin, begin + size),
    ...tables,
    ...weights,
    ...lengths(begin + size),
  })

  it('in a buffer that past and present share', async () => {
    const attention = await createAttention()
    const buffer = () => emptyTensor([1, HEADS_KV, 16, DIM], 'float32')
    const cache = { pastKey: buffer(), pastValue: buffer() }
    const outputs = { presentKey: cache.pastKey, presentValue: cache.pastValue }
    const rows: number[] = []
    for (const [step, size] of STEPS.entries()) {
      const inputs = { ...stepInputs(starts[step]!, size), ...cache }
      const result = await attention.call('GroupQueryAttention', inputs, attributes, { outputs })
      rows.push(...outputOf(result))
    }
    expectClose(rows, await expected())
  })

  it('in a cache that grows with each call', async () => {
    const attention = await createAttention()
    const outputs = { presentKey: true, presentValue: true }
    let cache: CallInputs = {}
    const rows: number[] = []
    for (const [step, size] of STEPS.entries()) {
      const inputs = { ...stepInputs(starts[step]!, size), ...cache }
      const result = await attention.call('GroupQueryAttention', inputs, attributes, { outputs })
      cache = { pastKey: result.presentKey as Floats, pastValue: result.presentValue as Floats }
      rows.push(...outputOf(result))
    }
    expectClose(rows, await expected())
  })

  it('prepared once, with a length that differs at each run', async () => {
    const attention = await createAttention()
    const buffer = () => emptyTensor([1, HEADS_KV, 16, DIM], 'float32')
    const cache = { pastKey: buffer(), pastValue: buffer() }
    const outputs = { presentKey: cache.pastKey, presentValue: cache.pastValue }
    const specs = { ...stepInputs(0, 1), ...cache, totalSequenceLength: undefined }
    const planned = attention.prepare('GroupQueryAttention', specs as Specs, attributes, {
      location: 'host',
      scalars: { totalSequenceLength: 1 },
      outputs,
    })
    const rows: number[] = []
    for (let token = 0; token < TOKENS; token++) {
      const result = await planned.run({ ...stepInputs(token, 1), ...cache }, { outputs })
      rows.push(...outputOf(result))
    }
    expectClose(rows, await expected())
  })

  it('with queries of a cache that holds all keys', async () => {
    const attention = await createAttention()
    const names = ['presentKey', 'presentValue']
    const outputs = Object.fromEntries(names.map((name) => [name, true]))
    const prompt = await attention.call('GroupQueryAttention', whole, attributes, { outputs })
    const none = emptyTensor([1, 0, HEADS_KV * DIM], 'float32')
    const last = await attention.call(
      'GroupQueryAttention',
      {
        ...whole,
        query: tokens(query, 8, TOKENS),
        key: none,
        value: none,
        pastKey: prompt.presentKey as Floats,
        pastValue: prompt.presentValue as Floats,
      },
      attributes,
    )
    expectClose(outputOf(last), outputOf(prompt).slice(8 * HEADS * DIM))
  })
})

describe("ONNX's Attention", () => {
  const random = new Random(8)
  const q = floats(random, 1, TOKENS, HEADS * DIM)
  const k = floats(random, 1, HEADS_KV, TOKENS, DIM)
  const v = floats(random, 1, HEADS_KV, TOKENS, DIM)
  const attributes = { isCausal: 1, leftWindowSize: 4, softcap: 2 }
  const NAME = 'ai.onnx::Attention'

  /** Queries as (1, heads, tokens, DIM). */
  function queries(begin: number, end: number): Floats {
    const result = emptyTensor([1, HEADS, end - begin, DIM], 'float32') as Floats
    for (let head = 0; head < HEADS; head++) {
      for (let token = begin; token < end; token++) {
        const from = (token * HEADS + head) * DIM
        const to = (head * (end - begin) + token - begin) * DIM
        result.data.set(q.data.subarray(from, from + DIM), to)
      }
    }
    return result
  }

  /** Rows [begin, end) of the keys or values. */
  function rows(all: Floats, begin: number, end: number): Floats {
    const result = emptyTensor([1, HEADS_KV, end - begin, DIM], 'float32') as Floats
    for (let head = 0; head < HEADS_KV; head++) {
      const from = (head * TOKENS + begin) * DIM
      const to = (head * TOKENS + end) * DIM
      result.data.set(all.data.subarray(from, to), head * (end - begin) * DIM)
    }
    return result
  }

  /** (1, heads, tokens, DIM) of one call as what the tokens [begin, end) got. */
  function ofTokens(result: OperatorResult, size: number, begin: number, end: number): number[] {
    const data = outputOf(result)
    return Array.from({ length: HEADS }, (_, head) =>
      data.slice((head * size + begin) * DIM, (head * size + end) * DIM),
    ).flat()
  }

  async function whole(): Promise<OperatorResult> {
    const attention = await createAttention()
    return attention.call(NAME, { q: queries(0, TOKENS), k, v }, attributes)
  }

  it.each([false, true])('with a past; keys behind a short mask are hidden: %s', async (masks) => {
    const attention = await createAttention()
    const outputs = { presentKey: true, presentValue: true }
    const all = await whole()
    let cache: CallInputs = {}
    for (const [step, size] of STEPS.entries()) {
      const [begin, end] = [starts[step]!, starts[step]! + size]
      const inputs = {
        q: queries(begin, end),
        k: rows(k, begin, end),
        v: rows(v, begin, end),
        ...cache,
      }
      const mask = masks ? { attnMask: floats(new Random(1), end - 1) } : {}
      mask.attnMask?.data.fill(0)
      const result = await attention.call(NAME, { ...inputs, ...mask }, attributes, { outputs })
      cache = { pastKey: result.presentKey as Floats, pastValue: result.presentValue as Floats }
      // The last query alone would have seen the key that the mask hides.
      const seen = masks ? end - 1 : end
      expectClose(ofTokens(result, size, 0, seen - begin), ofTokens(all, TOKENS, begin, seen))
    }
    expect([...(cache.pastKey as Floats).data]).toEqual([...k.data])
  })

  it('with a cache outside of it', async () => {
    const attention = await createAttention()
    const all = await whole()
    for (const [step, size] of STEPS.entries()) {
      const [begin, end] = [starts[step]!, starts[step]! + size]
      const nonpadKvSeqlen = tensor(BigInt64Array.of(BigInt(end)), [1])
      const inputs = { q: queries(begin, end), k, v, nonpadKvSeqlen }
      const result = await attention.call(NAME, inputs, attributes)
      expectClose(ofTokens(result, size, 0, size), ofTokens(all, TOKENS, begin, end))
      const held = { ...inputs, k: firstRows(k, end), v: firstRows(v, end) }
      expect(outputOf(await attention.call(NAME, held, attributes))).toEqual(outputOf(result))
    }
  })

  it('heads first or side by side', async () => {
    const attention = await createAttention()
    const sideBySide = (all: Floats) => {
      const result = emptyTensor([1, TOKENS, HEADS_KV * DIM], 'float32') as Floats
      for (let head = 0; head < HEADS_KV; head++) {
        for (let token = 0; token < TOKENS; token++) {
          const from = (head * TOKENS + token) * DIM
          const to = (token * HEADS_KV + head) * DIM
          result.data.set(all.data.subarray(from, from + DIM), to)
        }
      }
      return result
    }
    const heads = { qNumHeads: HEADS, kvNumHeads: HEADS_KV }
    const inputs = { q, k: sideBySide(k), v: sideBySide(v) }
    const result = await attention.call(NAME, inputs, { ...attributes, ...heads })
    const data = outputOf(result)
    const all = await whole()
    for (let token = 0; token < TOKENS; token++) {
      const row = data.slice(token * HEADS * DIM, (token + 1) * HEADS * DIM)
      expect(row).toEqual(ofTokens(all, TOKENS, token, token + 1))
    }
  })
})
