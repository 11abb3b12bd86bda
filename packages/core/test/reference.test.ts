import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { HOST } from '../src/backend/device.js'
import type { BoundProblem } from '../src/backend/plan.js'
import type { AttentionTensors, TensorRole } from '../src/problem/attention-tensors.js'
import { defineProblem, type ProblemOptions } from '../src/problem/define-problem.js'
import { tensorSpecs } from '../src/problem/tensor-specs.js'
import { computeReference } from '../src/reference/compute-reference.js'
import { reference } from '../src/reference/reference.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { expectNaive } from './naive-comparison.js'

const SIZES = { batch: 2, seqlenQ: 5, numHeads: 4, headDim: 3, dtype: 'float64' } as const
const LOW = Number.NEGATIVE_INFINITY

/** Numbers in [-2, 2) that depend on the seed and the place alone. */
function noise(seed: number, ...place: readonly number[]): number {
  let state = seed | 0
  for (const part of place)
    state = Math.imul(state ^ (part + 0x9e3779b9), 0x85ebca6b) ^ (state >>> 13)
  return ((Math.imul(state, 0xc2b2ae35) >>> 0) / 2 ** 32) * 4 - 2
}

/** Fills a tensor with numbers; index tensors with 1 where they are positive. */
function fillWith({ data, dtype }: HostTensor, numberAt: (at: number) => number): void {
  for (let at = 0; at < data.length; at++) {
    const value = numberAt(at)
    if (dtype === 'int64') data[at] = BigInt(value > 0)
    else data[at] = dtype === 'bool' ? Number(value > 0) : value
  }
}

function bind(options: Partial<ProblemOptions>): BoundProblem<HostTensor> {
  const problem = defineProblem({ ...SIZES, ...options })
  const tensors: Partial<Record<TensorRole, HostTensor>> = {}
  let seed = 1
  for (const [role, { dtype, shape, access }] of Object.entries(tensorSpecs(problem))) {
    const made = emptyTensor(shape, dtype)
    seed++
    if (access === 'write') made.data.fill((dtype === 'float64' ? Number.NaN : 7) as never)
    else fillWith(made, (at) => noise(seed, at))
    tensors[role as TensorRole] = made
  }
  if (problem.cacheStacked) {
    if (tensors.pastKey) tensors.pastValue = tensors.pastKey
    if (tensors.presentKey) tensors.presentValue = tensors.presentKey
  }
  if (problem.format === 'Q,KV') tensors.v = tensors.k!
  if (problem.format === 'QKV') tensors.v = tensors.k = tensors.q!
  return { problem, ...(tensors as unknown as AttentionTensors<HostTensor>) }
}

const PROJECTION = { q: true, k: true, v: true }

describe('computeReference equals the formula', () => {
  it.each<[string, Partial<ProblemOptions>]>([
    ['plain', { softmaxLse: true }],
    ['cross attention', { seqlenK: 9 }],
    ['other head dim of V', { headDimV: 7 }],
    ['grouped queries', { numHeadsKv: 2, softmaxLse: true }],
    ['one key head', { numHeadsKv: 1 }],
    ['heads first', { layout: 'bnsh', seqlenK: 6, numHeadsKv: 2 }],
    ['packed QKV', { layout: 'bsn3h' }],
    ['packed KV', { layout: 'bsn2h', seqlenK: 6 }],
    ['negative scale', { softmaxScale: -0.7 }],
    ['scale 0', { softmaxScale: 0 }],
    ['softcap', { softcap: 0.8 }],
    ['softcap before bias', { softcap: 0.8, attentionBias: {}, softmaxLse: true }],
    ['bias', { attentionBias: {} }],
    ['bias broadcast over batch', { attentionBias: { broadcast: { batch: true } } }],
    ['bias broadcast over heads', { attentionBias: { broadcast: { heads: true } } }],
    ['bias broadcast', { attentionBias: { broadcast: { batch: true, heads: true } } }],
    ['causal', { causal: true, softmaxLse: true }],
    ['causal with more keys', { causal: true, seqlenK: 8, causalOffset: 3 }],
    ['causal with empty rows', { causal: true, causalOffset: -3, softmaxLse: true }],
    ['windows', { windowLeft: 1, windowRight: 2, seqlenK: 12, causalOffset: 2 }],
    ['causal window', { causal: true, windowLeft: 1 }],
    ['mask 2d', { mask: { kind: '2d' } }],
    ['mask 3d', { mask: { kind: '3d', dtype: 'int64' } }],
    ['mask 4d', { mask: { kind: '4d' }, softmaxLse: true }],
    [
      'mask ignored in empty rows',
      { mask: { kind: '4d' }, emptyRows: 'ignore-mask', causal: true },
    ],
    ['mask that adds', { mask: { kind: '3d', filterValue: -1.5 }, softmaxLse: true }],
    ['smooth softmax', { sink: 'zero', softmaxLse: true }],
    ['sinks', { sink: 'per-head', softmaxLse: true }],
    ['projection bias', { projectionBias: PROJECTION, headDimV: 5 }],
    ['only the bias of Q', { projectionBias: { q: true, k: false, v: false } }],
    ['past', { seqlenK: 8, past: { seqlen: 3, bufferLength: null }, projectionBias: PROJECTION }],
    ['past in a buffer', { seqlenK: 8, past: { seqlen: 3, bufferLength: 11 }, numHeadsKv: 2 }],
  ])('%s', async (_, options) => {
    await expectNaive(bind(options))
  })

  it.each([
    ['lengths', Int32Array.of(3, 9)],
    ['lengths', Int32Array.of(0, 1)],
    ['start-end', Int32Array.of(4, 9, 2, -3)],
    ['start-end', Int32Array.of(2, 1, 3, 1)],
  ] as const)('mask of %s %o', async (kind, values) => {
    for (const emptyRows of ['zero', 'ignore-mask'] as const) {
      for (const filterValue of [LOW, -2]) {
        const bound = bind({ mask: { kind, filterValue }, emptyRows, seqlenK: 6, softmaxLse: true })
        await expectNaive({ ...bound, mask: tensor(values.slice(), [values.length]) })
      }
    }
  })

  it('causal offset per batch', async () => {
    const bound = bind({ causal: true, causalOffset: 'per-batch', seqlenK: 7 })
    await expectNaive({ ...bound, causalOffset: tensor(Int32Array.of(2, -2), [2]) })
  })

  const EMBEDDED = { headDim: 8, seqlenK: 9, past: { seqlen: 4 }, softmaxLse: true } as const
  const NORM = { qkNorm: { epsilon: 1e-3 } }

  it.each<[string, Partial<ProblemOptions>]>([
    ['key length', { keyLengths: 3, softmaxLse: true }],
    ['key length 0', { keyLengths: 0, softmaxLse: true }],
    ['key length past the keys', { keyLengths: 99 }],
    ['key length and causal', { keyLengths: 3, causal: true, windowLeft: 1, softmaxLse: true }],
    ['norm', { qkNorm: { epsilon: 0.3 }, headDim: 5 }],
    ['norm after the bias', { qkNorm: { epsilon: 0 }, projectionBias: PROJECTION }],
    ['rotary halves', { ...EMBEDDED, rotary: { dim: 8 } }],
    ['rotary pairs', { ...EMBEDDED, rotary: { dim: 8, interleaved: true } }],
    ['rotary of a part', { ...EMBEDDED, rotary: { dim: 6 } }],
    ['rotary pairs of a part', { ...EMBEDDED, rotary: { dim: 2, interleaved: true, base: 7 } }],
    ['rotary tables', { ...EMBEDDED, rotary: { dim: 4, tableRows: 9 } }],
    ['rotary table pairs', { ...EMBEDDED, rotary: { dim: 8, tableRows: 9, interleaved: true } }],
    ['rotary of more keys', { headDim: 8, seqlenK: 9, rotary: { dim: 8 } }],
    ['rotary of fewer keys', { headDim: 8, seqlenK: 2, rotary: { dim: 8 } }],
    ['norm, then rotary', { ...EMBEDDED, ...NORM, rotary: { dim: 8 } }],
    [
      'bias, norm, rotary, key groups',
      { ...EMBEDDED, ...NORM, rotary: { dim: 8 }, projectionBias: PROJECTION, headDimV: 5 },
    ],
    ['grouped rotary keys', { ...EMBEDDED, ...NORM, rotary: { dim: 8 }, numHeadsKv: 2 }],
    ['stacked cache', { seqlenK: 8, past: { seqlen: 3 }, cacheStacked: true, numHeadsKv: 2 }],
    ['stacked buffer', { seqlenK: 8, past: { seqlen: 3, bufferLength: 5 }, cacheStacked: true }],
    ['past shorter than the keys', { seqlenK: 8, past: { seqlen: 3, bufferLength: 4 } }],
    ['only a past', { seqlenK: 3, past: { seqlen: 3 } }],
    ['softmax in float64', { softmaxPrecision: 'float64' }],
  ])('%s', async (_, options) => {
    await expectNaive(bind(options))
  })

  it.each([
    ['causal', { causal: true, causalOffset: 2 }],
    ['rotary', { rotary: { dim: 8, interleaved: true } }],
    ['tables', { rotary: { dim: 8, tableRows: 11 }, present: true }],
    ['a buffer', { past: { seqlen: 6, perBatch: true, bufferLength: 20 } }],
    [
      'a stacked buffer',
      { past: { seqlen: 6, perBatch: true, bufferLength: 7 }, cacheStacked: true },
    ],
    ['key lengths', { keyLengths: 4 }],
    ['one key head', { numHeadsKv: 1, windowLeft: 2, causalOffset: 4 }],
  ] as const)('a past for each batch entry, %s', async (_, options) => {
    const past = { seqlen: 6, perBatch: true }
    const bound = bind({ headDim: 8, seqlenK: 11, softmaxLse: true, past, ...options })
    for (const lengths of [
      [6, 2],
      [0, 6],
      [1, 0],
    ]) {
      await expectNaive({ ...bound, pastSeqlens: tensor(Int32Array.from(lengths), [2]) })
    }
  })

  it('key lengths for each batch entry', async () => {
    const bound = bind({ keyLengths: 'per-batch', causal: true, causalOffset: 2, softmaxLse: true })
    for (const lengths of [
      [3, 9],
      [0, 1],
    ]) {
      await expectNaive({ ...bound, keyLengths: tensor(Int32Array.from(lengths), [2]) })
    }
  })

  it.each([
    { dim: 8, positions: true },
    { dim: 6, tableRows: 12, positions: true },
  ])('positions that are given, %j', async (rotary) => {
    const bound = bind({ headDim: 8, seqlenK: 9, past: { seqlen: 4 }, rotary })
    const positions = tensor(Int32Array.of(3, 0, 11, 4, 4, 9, 8, 7, 1, 0), [2, 5])
    await expectNaive({ ...bound, positions })
  })

  it('any strides', async () => {
    const q = { offset: 5, batchStride: 200, seqStride: 3, headStride: 31 }
    await expectNaive(bind({ q, k: { ...q, offset: 0 } }))
  })
})

describe('computeReference', () => {
  it('treats each sequence of varlen by itself', async () => {
    const starts = tensor(Int32Array.of(0, 2, 2, 5), [4])
    const keyStarts = tensor(Int32Array.of(0, 3, 4, 4), [4])
    const problem = defineProblem({
      ...SIZES,
      batch: 3,
      layout: 'tnh',
      causal: true,
      softmaxLse: true,
    })
    const specs = tensorSpecs(problem, { q: 5, k: 4 })
    const fill = (role: 'q' | 'k' | 'v', seed: number) => {
      const made = emptyTensor(specs[role]!.shape, 'float64')
      fillWith(made, (at) => noise(seed, at))
      return made
    }
    const [q, k, v] = [fill('q', 1), fill('k', 2), fill('v', 3)]
    const bound = { problem, q, k, v, output: q, cuSeqlensQ: starts, cuSeqlensK: keyStarts }
    const { output, softmaxLse } = await computeReference(bound)
    const first = defineProblem({
      ...SIZES,
      batch: 1,
      seqlenQ: 2,
      seqlenK: 3,
      causal: true,
      softmaxLse: true,
    })
    const alone = await computeReference({ problem: first, q, k, v, output: q })
    const row = SIZES.numHeads * SIZES.headDim
    expect(output.slice(0, 2 * row)).toEqual(alone.output)
    // The last sequence has queries and no keys.
    expect([...output.slice(2 * row)]).toEqual(new Array(3 * row).fill(0))
    expect([...softmaxLse!.slice(0, 5)]).toEqual([...alone.softmaxLse!.slice(0, 2), LOW, LOW, LOW])
  })

  it('returns present with the past in front and the bias added once', async () => {
    const bound = bind({
      seqlenQ: 1,
      seqlenK: 3,
      past: { seqlen: 2, bufferLength: null },
      present: true,
      projectionBias: PROJECTION,
    })
    const { presentKey } = await computeReference(bound)
    const past = bound.pastKey!.data as Float64Array
    expect(presentKey!.slice(0, 6)).toEqual(past.slice(0, 6))
    const first = Number(bound.k.data[0]) + Number(bound.projectionBias!.data[12])
    expect(presentKey![6]).toBe(first)
  })

  it('shows keys that lengths hide as causal hides them, and never those that are not there', async () => {
    const sizes = { batch: 2, numHeads: 1, seqlenQ: 1, seqlenK: 6 }
    const of = async (qkOutput: 'scaled' | 'biased' | 'probabilities', more = {}) => {
      const past = { seqlen: 5, perBatch: true }
      const bound = bind({ ...sizes, past, qkOutput, keyLengths: 3, ...more })
      return (await computeReference({ ...bound, pastSeqlens: tensor(Int32Array.of(5, 3), [2]) }))
        .qk!
    }
    const hiddenIn = (qk: Float64Array, value: number) =>
      [...qk.keys()].filter((at) => qk[at] === value)
    expect(hiddenIn(await of('biased', { qkHidden: '-inf' }), LOW)).toEqual([3, 4, 5, 9, 10, 11])
    expect(hiddenIn(await of('scaled', { qkHidden: '-inf' }), LOW)).toEqual([10, 11])
    expect(hiddenIn(await of('scaled', { qkHidden: 'zero' }), 0)).toEqual([3, 4, 5, 9, 10, 11])
    expect(hiddenIn(await of('probabilities'), 0)).toEqual([3, 4, 5, 9, 10, 11])
  })

  it('shows the scores of each stage', async () => {
    const options = {
      seqlenK: 5,
      causal: true,
      softcap: 1,
      attentionBias: {},
      batch: 1,
      numHeads: 1,
    }
    const of = async (qkOutput: 'scaled' | 'softcapped' | 'biased' | 'probabilities', more = {}) =>
      (await computeReference(bind({ ...options, qkOutput, ...more }))).qk!
    const scaled = await of('scaled')
    const capped = await of('softcapped')
    const biased = await of('biased')
    const bias = bind({ ...options, qkOutput: 'scaled' }).attentionBias!.data as Float64Array
    expect(capped[6]).toBeCloseTo(Math.tanh(scaled[6]!), 12)
    expect(biased[5]).toBeCloseTo(capped[5]! + bias[5]!, 12)
    expect(scaled[1]).not.toBe(0)
    expect(biased[1]).toBe(-Number.MAX_VALUE)
    expect((await of('biased', { qkHidden: '-inf' }))[1]).toBe(LOW)
    expect((await of('scaled', { qkHidden: 'zero' }))[1]).toBe(0)
    const weights = await of('probabilities')
    expect(weights[1]).toBe(0)
    expect(weights[5]! + weights[6]!).toBeCloseTo(1, 12)
    const masked = await of('biased', { mask: { kind: '2d', filterValue: -10000 }, causal: false })
    const plain = await of('biased', { causal: false })
    const hidden = [...masked].map((score, at) => Math.round(score - plain[at]!))
    expect(new Set(hidden)).toEqual(new Set([0, -10000]))
  })

  it('keeps what a mask hides out of the result, NaN too', async () => {
    const bound = bind({ mask: { kind: 'lengths' }, seqlenK: 6 })
    const mask = tensor(Int32Array.of(3, 4), [2])
    const clean = await computeReference({ ...bound, mask })
    const [k, v] = [bound.k, bound.v].map((part) => ({ ...part, data: part.data.slice() }))
    for (const part of [k!, v!]) {
      const row = part.data.length / 2 / 6
      part.data.fill(Number.NaN as never, 3 * row, 6 * row)
      part.data.fill(Number.NaN as never, 10 * row)
    }
    const poisoned = await computeReference({ ...bound, k: k!, v: v!, mask })
    expect(poisoned.output).toEqual(clean.output)
  })

  it('gives zeros where every bias is -Infinity', async () => {
    const bound = bind({ attentionBias: {}, softmaxLse: true })
    bound.attentionBias!.data.fill(LOW as never)
    const { output, softmaxLse } = await computeReference(bound)
    expect(output.every((value) => value === 0)).toBe(true)
    expect(softmaxLse!.every((value) => value === LOW)).toBe(true)
  })

  it('computes sampled rows as it computes them all', async () => {
    const bound = bind({ seqlenK: 9, numHeadsKv: 2, qkOutput: 'biased', softmaxLse: true })
    const all = await computeReference(bound)
    const rows = [
      { batch: 1, head: 3, query: 4 },
      { batch: 0, head: 0, query: 2 },
      { batch: 1, head: 2, query: 0 },
    ]
    const some = await computeReference(bound, rows)
    rows.forEach(({ batch, head, query }, at) => {
      const start = ((batch * 5 + query) * 4 + head) * 3
      const padded = (batch * 4 + head) * 5 + query
      expect(some.output.slice(at * 3, at * 3 + 3)).toEqual(all.output.slice(start, start + 3))
      expect(some.softmaxLse![at]).toBe(all.softmaxLse![padded])
      expect(some.qk!.slice(at * 9, at * 9 + 9)).toEqual(all.qk!.slice(padded * 9, padded * 9 + 9))
    })
  })

  it.each([
    ['many keys', { seqlenQ: 300, seqlenK: 3000, headDim: 64, numHeads: 2 }],
    ['many queries', { seqlenQ: 60_000, seqlenK: 1, headDim: 32, numHeads: 2 }],
    ['one query of very many keys', { seqlenQ: 1, seqlenK: 200_000, headDim: 32, numHeads: 2 }],
  ])('leaves the event loop free over %s', async (_, sizes) => {
    const bound = bind({ batch: 1, dtype: 'float32', ...sizes })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await reference().plan(bound.problem, HOST).execute(bound, 1)
    delay.disable()
    expect(delay.percentile(95) / 1e6).toBeLessThan(30)
  })
})

describe('reference()', () => {
  const run = (bound: BoundProblem<HostTensor>) =>
    reference().plan(bound.problem, HOST).execute(bound, 1)

  it('rounds to the dtype of the problem', async () => {
    const bound = bind({ dtype: 'bfloat16', batch: 1, seqlenQ: 1, numHeads: 1 })
    const bits = [0x3f80, 0xc000, 0x7f80]
    ;(bound.v.data as Uint16Array).set(bits)
    bound.q.data.fill(0 as never)
    await run(bound)
    expect([...bound.output.data]).toEqual(bits)
  })

  it('reads its inputs before it returns', async () => {
    const bound = bind({})
    const expected = (await computeReference(bound)).output
    const done = run(bound)
    for (const input of [bound.q, bound.k, bound.v]) input.data.fill(0 as never)
    await done
    expect(bound.output.data).toEqual(expected)
  })

  it('appends to a buffer that is past and present at once', async () => {
    const bound = bind({
      seqlenQ: 2,
      seqlenK: 5,
      past: { seqlen: 3, bufferLength: 7 },
      present: true,
    })
    const before = bound.pastKey!.data.slice()
    const expected = await computeReference(bound)
    await run({ ...bound, presentKey: bound.pastKey!, presentValue: bound.pastValue! })
    expect(bound.output.data).toEqual(expected.output)
    const after = bound.pastKey!.data
    expect(after.slice(0, 9)).toEqual(before.slice(0, 9))
    expect(after.slice(9, 15)).toEqual(expected.presentKey!.slice(9, 15))
    expect(after.slice(15, 21)).toEqual(before.slice(15, 21))
  })

  it.each([null, 4, 9])(
    'writes the rows of each past and the new ones, in a stacked cache of %s rows',
    async (bufferLength) => {
      const past = { seqlen: 4, perBatch: true, bufferLength }
      const sizes = { seqlenQ: 2, seqlenK: 6, numHeads: 1, numHeadsKv: 1 }
      const bound = bind({ ...sizes, past, present: true, cacheStacked: true })
      const pastSeqlens = tensor(Int32Array.of(1, 4), [2])
      await run({ ...bound, pastSeqlens })
      const [before, after] = [bound.pastKey!.data, bound.presentKey!.data]
      const [rowsBefore, rows] = [bufferLength ?? 4, Math.max(bufferLength ?? 0, 6)]
      expect(after).toHaveLength(2 * 2 * rows * 3)
      for (const [half, fresh] of [bound.k, bound.v].entries()) {
        for (const [b, length] of [1, 4].entries()) {
          const start = (half * 2 + b) * rows * 3
          const old = (half * 2 + b) * rowsBefore * 3
          const end = start + (length + 2) * 3
          const wanted = [
            ...before.slice(old, old + length * 3),
            ...fresh.data.slice(b * 6, b * 6 + 6),
          ]
          expect([...after.slice(start, end)]).toEqual(wanted)
          const rest = [...after.slice(end, start + rows * 3)]
          expect(rest.every(Number.isNaN)).toBe(true)
        }
      }
    },
  )

  it('appends to a stacked buffer in place, after the past of each batch entry', async () => {
    const past = { seqlen: 4, perBatch: true, bufferLength: 7 }
    const sizes = { seqlenQ: 1, seqlenK: 5, numHeads: 1, numHeadsKv: 1 }
    const bound = bind({ ...sizes, past, present: true, cacheStacked: true })
    const cache = bound.pastKey!
    const expected = cache.data.slice() as Float64Array
    for (const [half, fresh] of [bound.k, bound.v].entries()) {
      for (const [b, length] of [0, 3].entries()) {
        const row = (half * 2 + b) * 7 + length
        expected.set(fresh.data.slice(b * 3, b * 3 + 3) as Float64Array, row * 3)
      }
    }
    const pastSeqlens = tensor(Int32Array.of(0, 3), [2])
    const done = run({ ...bound, pastSeqlens, presentKey: cache, presentValue: cache })
    pastSeqlens.data.fill(4)
    await done
    expect(cache.data).toEqual(expected)
  })

  it('writes only where the output view says', async () => {
    const output = { offset: 2, batchStride: 100, seqStride: 20, headStride: 4 }
    const bound = bind({ output })
    await run(bound)
    const untouched = [...bound.output.data].filter((value) => Number.isNaN(value)).length
    expect(untouched).toBe(bound.output.data.length - 2 * 5 * 4 * 3)
  })

  it('fails with a typed error when an output is transferred meanwhile', async () => {
    const bound = bind({})
    const done = run(bound)
    structuredClone(bound.output.data.buffer, {
      transfer: [bound.output.data.buffer as ArrayBuffer],
    })
    await expect(done).rejects.toMatchObject({ code: 'buffer-not-stable' })
  })
})
