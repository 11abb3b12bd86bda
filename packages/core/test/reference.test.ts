import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { HOST } from '../src/backend/device.js'
import type { BoundProblem } from '../src/backend/plan.js'
import { compareTensors } from '../src/numeric/compare-tensors.js'
import { TOLERANCES } from '../src/numeric/tolerances.js'
import type { AttentionTensors, TensorRole } from '../src/problem/attention-tensors.js'
import { defineProblem, type ProblemOptions } from '../src/problem/define-problem.js'
import { tensorSpecs } from '../src/problem/tensor-specs.js'
import { computeReference } from '../src/reference/compute-reference.js'
import { reference } from '../src/reference/reference.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { type NaiveInputs, naiveRow } from './naive-attention.js'

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
  if (problem.format === 'Q,KV') tensors.v = tensors.k!
  if (problem.format === 'QKV') tensors.v = tensors.k = tensors.q!
  return { problem, ...(tensors as unknown as AttentionTensors<HostTensor>) }
}

/** The call's values by the meaning of each view, for the naive formula. */
function naiveInputs({ problem: p, ...t }: BoundProblem<HostTensor>): NaiveInputs {
  const head = (role: 'q' | 'k' | 'v') => (b: number, h: number, i: number, c: number) => {
    const past = role === 'q' ? 0 : (p.past?.seqlen ?? 0)
    const dim = role === 'v' ? p.headDimV : p.headDim
    if (i < past) {
      const rows = p.past!.bufferLength ?? past
      const cache = role === 'k' ? t.pastKey! : t.pastValue!
      return Number(cache.data[((b * p.numHeadsKv + h) * rows + i) * dim + c])
    }
    const { offset, batchStride, seqStride, headStride } = p[role]
    const at = offset + b * batchStride + (i - past) * seqStride + h * headStride + c
    const third = { q: 0, k: 1, v: 2 }[role] * p.numHeads * p.headDim
    const bias = p.projectionBias?.[role] ? Number(t.projectionBias!.data[third + h * dim + c]) : 0
    return Number(t[role].data[at]) + bias
  }
  const at = (data: ArrayLike<number | bigint>, view: typeof p.mask & object, place: number[]) => {
    const { offset, batchStride, headStride, rowStride } = view.view!
    const [b, h, i, j] = place as [number, number, number, number]
    return Number(data[offset + b * batchStride + h * headStride + i * rowStride + j])
  }
  return {
    q: head('q'),
    k: head('k'),
    v: head('v'),
    keeps(...place) {
      if (!p.mask) return true
      const [b, , , j] = place
      if (p.mask.kind === 'lengths') return j < Number(t.mask!.data[b])
      if (p.mask.kind === 'start-end') {
        return j >= Number(t.mask!.data[p.batch + b]) && j < Number(t.mask!.data[b])
      }
      return at(t.mask!.data, p.mask, place) > 0
    },
    bias: (...place) =>
      p.attentionBias ? at(t.attentionBias!.data, p.attentionBias as never, place) : 0,
    offset: (b) =>
      p.causalOffset === 'per-batch' ? Number(t.causalOffset!.data[b]) : p.causalOffset,
    sink: (h) => (p.sink === 'none' ? null : p.sink === 'zero' ? 0 : Number(t.sink!.data[h])),
  }
}

async function expectNaive(bound: BoundProblem<HostTensor>): Promise<void> {
  const { problem: p } = bound
  const inputs = naiveInputs(bound)
  const { output, softmaxLse } = await computeReference(bound)
  const expected: number[] = []
  const sums: number[] = new Array(p.batch * p.numHeads * p.seqlenQ)
  for (let b = 0; b < p.batch; b++) {
    for (let i = 0; i < p.seqlenQ; i++) {
      for (let h = 0; h < p.numHeads; h++) {
        const row = naiveRow(p, inputs, b, h, i)
        expected.push(...row.output)
        sums[(b * p.numHeads + h) * p.seqlenQ + i] = row.lse
      }
    }
  }
  expect(compareTensors(output, expected, TOLERANCES.float64)).toMatchObject({ ok: true })
  if (p.softmaxLse) {
    expect(compareTensors(softmaxLse!, sums, TOLERANCES.float64)).toMatchObject({ ok: true })
  }
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
