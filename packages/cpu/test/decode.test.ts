import { type BoundProblem, defineProblem, HOST, type HostTensor, tensor } from '@attnkit/core'
import { Random, randomTensors } from '@attnkit/core/conformance'
import { describe, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { float64Attention } from '../src/float64-attention.js'
import { describeNative } from './support/describe-native.js'
import { naiveDecode } from './support/naive-decode.js'
import { inHostTensors } from './support/random-call.js'

type Options = Parameters<typeof defineProblem>[0]
type Bound = BoundProblem<HostTensor>

const EPSILON = 1e-6
const BASE = 10000

const int32 = (values: readonly number[]) => tensor(Int32Array.from(values), [values.length])

/**
 * New tokens behind pasts of these lengths, in place, in a buffer of `rows`: NaN behind the pasts, causal
 * for each batch entry.
 */
function decodeCall(pasts: readonly number[], options: Partial<Options>, rows: number): Bound {
  const seqlenQ = options.seqlenQ ?? 1
  const most = Math.max(...pasts)
  const problem = defineProblem({
    batch: pasts.length,
    numHeads: 8,
    numHeadsKv: 2,
    headDim: 32,
    seqlenQ,
    seqlenK: most + seqlenQ,
    causal: true,
    causalOffset: 'per-batch',
    past: { seqlen: most, perBatch: true, bufferLength: rows },
    present: true,
    ...options,
  })
  const offsets = int32(pasts)
  const bound = randomTensors(problem, new Random(7), {
    causalOffset: offsets,
    pastSeqlens: offsets,
  })
  return { ...bound, presentKey: bound.pastKey!, presentValue: bound.pastValue! }
}

const EMBEDDED: Partial<Options> = {
  qkNorm: { epsilon: EPSILON },
  rotary: { dim: 24, interleaved: false, base: BASE, tableRows: 0, positions: false },
}

async function run(bound: Bound, threads = 2): Promise<void> {
  const backend = cpu({ threads })
  expect(backend.supports(bound.problem, HOST).reasons).toEqual([])
  await backend.plan(bound.problem, HOST).execute(bound, threads)
}

function row(tensor: HostTensor | undefined, at: number, width: number): number[] {
  return Array.from((tensor!.data as Float32Array).subarray(at, at + width), Number)
}

/** What the definition says of one head of a call: rows of the output, and of the caches after it. */
function expectedHead(bound: Bound, before: HostTensor, batch: number, head: number) {
  const { problem } = bound
  const { headDim, numHeads, numHeadsKv, seqlenQ, rotary } = problem
  const past = Number(bound.pastSeqlens!.data[batch])
  const rows = problem.past!.bufferLength!
  const headKv = Math.floor(head / (numHeads / numHeadsKv))
  const tokens = (source: HostTensor, at: number, heads: number) =>
    Array.from({ length: seqlenQ }, (_, i) =>
      row(source, ((batch * seqlenQ + i) * heads + at) * headDim, headDim),
    )
  const half = before.data.length / 2
  const cached = (start: number) =>
    Array.from({ length: past }, (_, i) =>
      row(before, start + ((batch * numHeadsKv + headKv) * rows + i) * headDim, headDim),
    )
  return naiveDecode({
    q: tokens(bound.q, head, numHeads),
    k: tokens(bound.k, headKv, numHeadsKv),
    v: tokens(bound.v, headKv, numHeadsKv),
    pastKey: cached(0),
    pastValue: cached(half),
    qWeights: row(bound.qNorm, 0, headDim),
    kWeights: row(bound.kNorm, 0, headDim),
    epsilon: EPSILON,
    base: BASE,
    interleaved: rotary!.interleaved,
    rotaryDim: rotary!.dim,
  })
}

function expectNear(actual: readonly number[], expected: readonly number[], name: string): void {
  const far = expected.findIndex((x, i) => !(actual[i] === x || Math.abs(actual[i]! - x) <= 2e-5))
  expect(far, `${name}[${far}]: ${actual[far]} instead of ${expected[far]}`).toBe(-1)
}

describeNative('new tokens behind pasts of their own, in a shared, stacked buffer', () => {
  const pasts = [5, 0, 130, 31]
  const rows = 210

  function stackedCall(options: Partial<Options>): Bound {
    const bound = decodeCall(pasts, { ...EMBEDDED, cacheStacked: true, ...options }, rows)
    forEachRow(bound, (at, index, past) => {
      if (index < past) return
      ;(bound.pastKey!.data as Float32Array).fill(Number.NaN, at, at + bound.problem.headDim)
    })
    return bound
  }

  function forEachRow(bound: Bound, visit: (at: number, row: number, past: number) => void) {
    const { numHeadsKv, headDim } = bound.problem
    for (let head = 0; head < 2 * pasts.length * numHeadsKv; head++) {
      const past = pasts[Math.floor(head / numHeadsKv) % pasts.length]!
      for (let index = 0; index < rows; index++) {
        visit((head * rows + index) * headDim, index, past)
      }
    }
  }

  for (const seqlenQ of [1, 3, 70]) {
    for (const interleaved of [false, true]) {
      const name = `${seqlenQ} tokens, ${interleaved ? 'neighbours' : 'halves'} rotated`
      it(`gives what the definition says: ${name}`, async () => {
        const rotary = { ...EMBEDDED.rotary!, interleaved }
        const bound = stackedCall({ seqlenQ, rotary })
        const before = { ...bound.pastKey!, data: bound.pastKey!.data.slice() } as HostTensor
        await run(bound)
        expectDefinition(bound, before)
      })
    }
  }

  function expectDefinition(bound: Bound, before: HostTensor): void {
    const { numHeads, numHeadsKv, headDim, seqlenQ } = bound.problem
    for (let batch = 0; batch < pasts.length; batch++) {
      for (let head = 0; head < numHeads; head++) {
        const { output, keys, values } = expectedHead(bound, before, batch, head)
        output.forEach((expected, i) => {
          const at = ((batch * seqlenQ + i) * numHeads + head) * headDim
          expectNear(row(bound.output, at, headDim), expected, `output ${batch} ${head} ${i}`)
        })
        const headKv = batch * numHeadsKv + Math.floor(head / (numHeads / numHeadsKv))
        const half = before.data.length / 2
        for (let i = 0; i < keys.length; i++) {
          const at = (headKv * rows + i) * headDim
          expectNear(row(bound.presentKey, at, headDim), keys[i]!, `key ${batch} ${head} ${i}`)
          expectNear(row(bound.presentKey, half + at, headDim), values[i]!, `value ${batch} ${i}`)
        }
      }
    }
  }

  it('leaves all other rows of the buffer as they are, NaN', async () => {
    const bound = stackedCall({ seqlenQ: 2 })
    const before = (bound.pastKey!.data as Float32Array).slice()
    await run(bound)
    const after = bound.pastKey!.data as Float32Array
    forEachRow(bound, (at, index, past) => {
      if (index >= past && index < past + 2) return
      const same = after.subarray(at, at + 32).every((x, i) => Object.is(x, before[at + i]))
      expect(same, `row ${index} behind ${past}`).toBe(true)
    })
  })

  it('gives the same bits on any number of threads, in plain memory and in host tensors', async () => {
    const results: Float32Array[] = []
    for (const threads of [1, 2, 5]) {
      for (const place of [(bound: Bound) => bound, inHostTensors]) {
        const bound = place(stackedCall({ seqlenQ: 4 }))
        await run(bound, threads)
        const all = [
          ...(bound.output.data as Float32Array),
          ...(bound.pastKey!.data as Float32Array),
        ]
        results.push(Float32Array.from(all))
      }
    }
    for (const result of results) expect(result).toEqual(results[0])
  })
})

describeNative('keys behind the key lengths', () => {
  const sizes = { batch: 2, seqlenQ: 1, numHeads: 8, numHeadsKv: 2, headDim: 64 }

  function longBuffer(lengths: readonly number[], seqlenK: number): Bound {
    const problem = defineProblem({ ...sizes, seqlenK, keyLengths: 'per-batch' })
    const bound = randomTensors(problem, new Random(3), { keyLengths: int32(lengths) })
    const width = sizes.numHeadsKv * sizes.headDim
    lengths.forEach((length, batch) => {
      for (const { data } of [bound.k, bound.v]) {
        ;(data as Float32Array).fill(
          Number.NaN,
          (batch * seqlenK + length) * width,
          (batch + 1) * seqlenK * width,
        )
      }
    })
    return inHostTensors(bound)
  }

  for (const qkOutput of ['none', 'biased', 'probabilities'] as const) {
    it(`do not show, though they are NaN, and no key at all gives zeros: qk ${qkOutput}`, async () => {
      for (const seqlenQ of [1, 60]) {
        for (const lengths of [
          [5, 0],
          [400, 1],
        ]) {
          const options = { ...sizes, seqlenQ, seqlenK: 400, qkOutput } as const
          const problem = defineProblem({ ...options, keyLengths: 'per-batch' })
          const { keyLengths, k, v } = longBuffer(lengths, 400)
          const own = randomTensors(problem, new Random(4), { keyLengths: keyLengths! })
          const bound = { ...own, k, v }
          await run(bound)
          const { output, qk } = (await float64Attention(bound))!
          expectNear(row(bound.output, 0, output.length), [...output], `lengths ${lengths}`)
          const last = (bound.output.data as Float32Array).subarray(output.length / 2)
          if (lengths[1] === 0) expect(last.every((x) => x === 0)).toBe(true)
          if (qk) expect(row(bound.qk, 0, qk.length)).not.toContain(Number.NaN)
          if (qk) expectNear(row(bound.qk, 0, qk.length), [...Float32Array.from(qk)], 'qk')
        }
      }
    })
  }

  it('cost nothing: a short sequence in a long buffer takes a fraction of the time', async () => {
    const seqlenK = 8192
    const [short, long] = [longBuffer([64, 64], seqlenK), longBuffer([seqlenK, seqlenK], seqlenK)]
    const timeOf = async (bound: Bound) => {
      const times: number[] = []
      for (let i = 0; i < 9; i++) {
        const start = performance.now()
        await run(bound)
        times.push(performance.now() - start)
      }
      return Math.min(...times)
    }
    await timeOf(short)
    expect(await timeOf(short)).toBeLessThan((await timeOf(long)) / 5)
  })
})

describeNative('index tensors with any values at all', () => {
  const wild = [-5, 2 ** 31 - 1, -(2 ** 31), 7]

  it('keep past lengths, key lengths and positions inside the tensors', async () => {
    const rotary = { dim: 16, interleaved: true, base: null, tableRows: 3, positions: true }
    const bound = decodeCall([4, 4, 4, 4], { seqlenQ: 2, rotary, keyLengths: 'per-batch' }, 9)
    const numbers = bound.pastKey!.data as Float32Array
    for (const data of [numbers, bound.pastValue!.data as Float32Array]) {
      data.forEach((x, i) => {
        if (Number.isNaN(x)) data[i] = 1
      })
    }
    await run({
      ...bound,
      pastSeqlens: int32(wild),
      keyLengths: int32(wild),
      causalOffset: int32(wild),
      positions: { ...bound.positions!, data: Int32Array.from([...wild, ...wild]) } as HostTensor,
    })
    expect((bound.output.data as Float32Array).every((x) => Number.isFinite(x))).toBe(true)
  })

  it('refuse tables, weights and lengths that are too short', async () => {
    const rotary = { dim: 32, interleaved: false, base: null, tableRows: 20, positions: false }
    const bound = decodeCall([4, 4], { ...EMBEDDED, rotary }, 9)
    for (const role of ['rotaryCos', 'rotarySin', 'qNorm', 'kNorm', 'pastSeqlens'] as const) {
      const whole = bound[role]!
      const short = { ...whole, data: whole.data.slice(1) } as HostTensor
      await expect(run({ ...bound, [role]: short }), role).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(`${role} has ${short.data.length} elements`),
      })
    }
    const stacked = decodeCall([4, 4], { ...EMBEDDED, cacheStacked: true }, 9)
    const half = stacked.pastKey!.data.slice(0, stacked.pastKey!.data.length / 2)
    const halved = { ...stacked, pastValue: { ...stacked.pastKey!, data: half } as HostTensor }
    await expect(run(halved)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

describe('rotary embedding without tables', () => {
  describeNative('far from the start', () => {
    it('keeps its angles, to the end of what a float holds', async () => {
      const rotary = { dim: 32, interleaved: false, base: BASE, tableRows: 0, positions: true }
      const problem = defineProblem({ batch: 1, seqlenQ: 4, numHeads: 1, headDim: 32, rotary })
      for (const first of [0, 1000, 131_071, 1_000_000, 2 ** 24 + 1, 2 ** 30]) {
        const positions = tensor(
          Int32Array.from([0, 1, 2, 3], (i) => first + i),
          [1, 4],
        )
        const bound = randomTensors(problem, new Random(5), { positions })
        await run(bound)
        const expected = (await float64Attention(bound))!.output
        expectNear(row(bound.output, 0, expected.length), [...expected], `position ${first}`)
      }
    })
  })
})

describeNative('softmax in float64', () => {
  it('is served in float64 throughout, rounded once', async () => {
    const options = { seqlenQ: 3, softmaxPrecision: 'float64', ...EMBEDDED } as const
    const bound = decodeCall([9, 3], options, 20)
    const other = decodeCall([9, 3], { ...options, softmaxPrecision: 'float32' }, 20)
    const backend = cpu()
    expect(backend.plan(bound.problem, HOST).variant).toMatch(/^cpu-\w+-float64$/)
    const { output, presentKey } = (await float64Attention(bound))!
    const lengths = bound.pastSeqlens!.data as Int32Array
    const done = run(bound)
    lengths.fill(0) // has been read
    await done
    expect(bound.output.data).toEqual(Float32Array.from(output))
    const width = presentKey!.length / 4
    expect(row(bound.presentKey, 0, width)).toEqual([
      ...Float32Array.from(presentKey!.slice(0, width)),
    ])
    await run(other)
    expectNear(row(other.output, 0, output.length), [...output], 'float32')
  })
})
