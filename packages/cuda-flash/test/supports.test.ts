import {
  type AttentionProblem,
  biasView,
  type DeviceProperties,
  type ProblemOptions,
} from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { chooseVariant } from '../src/choose-variant.js'
import { supports } from '../src/supports.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import { halfProblem } from './fake-tensors.js'

const H200 = tunedDevice(TUNINGS.h200!)

function codes(problem: AttentionProblem, device: DeviceProperties = H200): readonly string[] {
  return supports(problem, device).reasons.map(({ code, subject }) => `${code} ${subject}`)
}

const SIZES = { numHeads: 4, seqlenQ: 100, seqlenK: 100 }
const BIAS = { dtype: 'float16', view: biasView(SIZES) } as const

describe('problems that the kernels serve', () => {
  it.each([
    ['plain', {}],
    ['the smallest head dim', { headDim: 8 }],
    ['the largest head dim', { headDim: 256 }],
    ['a head dim between two tiles', { headDim: 136 }],
    ['a narrower V', { headDim: 192, headDimV: 128 }],
    ['a wider V', { headDim: 40, headDimV: 72 }],
    ['bfloat16', { dtype: 'bfloat16' }],
    ['packed QKV', { layout: 'bsn3h' }],
    ['packed KV', { layout: 'bsn2h' }],
    ['heads first', { layout: 'bnsh' }],
    ['varlen', { layout: 'tnh' }],
    ['packed varlen', { layout: 'tn3h' }],
    ['grouped queries', { numHeadsKv: 2 }],
    ['causal with an offset', { causal: true, causalOffset: -3 }],
    ['offsets of each batch', { causal: true, causalOffset: 'per-batch' }],
    ['windows', { windowLeft: 3, windowRight: 0 }],
    ['lengths', { mask: { kind: 'lengths' } }],
    ['starts and ends', { mask: { kind: 'start-end' }, emptyRows: 'ignore-mask' }],
    ['softcap', { softcap: 30 }],
    ['log-sum-exp', { softmaxLse: true }],
    ['key lengths', { keyLengths: 7 }],
    [
      'key lengths of each batch, and a mask',
      { keyLengths: 'per-batch', mask: { kind: 'lengths' } },
    ],
    ['a past', { seqlenK: 104, past: { seqlen: 4, bufferLength: null } }],
    ['a past alone', { seqlenK: 4, past: { seqlen: 4, bufferLength: 9 }, present: true }],
    [
      'a past of each batch',
      { seqlenK: 104, past: { seqlen: 4, perBatch: true, bufferLength: 200 } },
    ],
    ['present', { present: true }],
    ['a stacked cache', { present: true, cacheStacked: true }],
    ['no keys', { seqlenK: 0 }],
    ['no queries', { seqlenQ: 0 }],
  ] as const)('%s', (_name, options) => {
    expect(codes(halfProblem(options))).toEqual([])
  })
})

describe('problems that the kernels do not serve', () => {
  it.each([
    ['dtype-unsupported dtype', { dtype: 'float32' }],
    ['head-dim-unsupported headDim', { headDim: 264 }],
    ['head-dim-unsupported headDimV', { headDimV: 36 }],
    ['mask-kind-unsupported mask', { mask: { kind: '2d' } }],
    ['mask-kind-unsupported mask.filterValue', { mask: { kind: 'lengths', filterValue: -1 } }],
    ['bias-unsupported attentionBias', { attentionBias: BIAS }],
    ['bias-unsupported projectionBias', { projectionBias: { q: true, k: false, v: false } }],
    ['sink-unsupported sink', { sink: 'zero' }],
    ['qk-output-unsupported qkOutput', { qkOutput: 'scaled' }],
    ['not-supported-yet qkNorm', { qkNorm: { epsilon: 1e-5 } }],
    ['not-supported-yet rotary', { rotary: { dim: 64, base: 10_000 } }],
    ['size-overflow batch', { batch: 65_536, seqlenQ: 1, present: true }],
    [
      'size-overflow seqlenK',
      { batch: 1, seqlenQ: 1, numHeads: 64, seqlenK: 2 ** 23, present: true },
    ],
  ] as const)('%s', (reason, options) => {
    expect(codes(halfProblem(options))).toContain(reason)
  })

  it('are refused for every reason at once', () => {
    const problem = halfProblem({ dtype: 'float32', headDim: 20, sink: 'zero' })
    expect(codes(problem)).toEqual([
      'dtype-unsupported dtype',
      'head-dim-unsupported headDim',
      'head-dim-unsupported headDimV',
      'sink-unsupported sink',
      'stride-unsupported q.headStride',
      'stride-unsupported k.headStride',
      'stride-unsupported v.headStride',
      'stride-unsupported output.headStride',
    ])
  })

  it('include strides that are not whole chunks of 16 bytes', () => {
    const view = { offset: 4, batchStride: 100 * 260, seqStride: 260, headStride: 64 }
    const { reasons } = supports(halfProblem({ k: view }), H200)
    expect(reasons).toEqual([
      {
        code: 'stride-unsupported',
        subject: 'k.offset',
        found: '4 elements',
        required: 'a multiple of 8 elements, 16 bytes',
        remedy: expect.stringContaining('copy'),
      },
      expect.objectContaining({ subject: 'k.seqStride', found: '260 elements' }),
    ])
  })

  it('do not include odd strides of sizes that are 1', () => {
    const view = { offset: 0, batchStride: 3, seqStride: 64, headStride: 5 }
    expect(codes(halfProblem({ batch: 1, numHeads: 1, k: view }))).toEqual([])
  })

  it('include rows that lie too far apart for the kernel', () => {
    const view = { offset: 0, batchStride: 2 ** 40, seqStride: 2 ** 31, headStride: 64 }
    expect(codes(halfProblem({ v: view }))).toEqual(['size-overflow v.seqStride'])
  })

  it('include more heads than the grid has', () => {
    const problem = halfProblem({ batch: 1, seqlenQ: 1, numHeads: 65_536, headDim: 8 })
    expect(codes(problem)).toEqual(['size-overflow numHeads'])
  })

  it('include sequences longer than positions', () => {
    expect(codes(halfProblem({ batch: 1, seqlenK: 2 ** 30 }))).toEqual(['seqlen-too-long seqlen'])
  })

  it('include every problem on a device that is too old', () => {
    const volta = { ...H200, name: 'Tesla V100', computeCapability: [7, 0] } as const
    expect(codes(halfProblem(), volta)).toEqual(['compute-capability device'])
  })
})

describe('problems that the Hopper kernels leave to the others', () => {
  const notes = (problem: AttentionProblem, device = H200) => {
    const { reasons, notes } = supports(problem, device)
    return [...reasons, ...notes].map(({ subject }) => subject)
  }
  const view = { offset: 0, batchStride: 25_600, seqStride: 256, headStride: 64 }

  it.each<[string, Partial<ProblemOptions>]>([
    ['seqlenK', { seqlenK: 0 }],
    ['k.batchStride', { k: { ...view, batchStride: 0 } }],
    ['v.headStride', { v: { ...view, headStride: 0 } }],
    ['q.seqStride', { q: { ...view, seqStride: 0 } }],
    ['k.batchStride', { k: { ...view, batchStride: 2 ** 39 } }],
    ['batch', { batch: 2 ** 26, numHeads: 32, headDim: 8 }],
  ])('are told in a note: %s', (subject, options) => {
    const problem = halfProblem(options)
    expect(notes(problem)).toEqual([subject])
    expect(chooseVariant(problem, H200).family).toBe('fa2-sm80')
    expect(notes(problem, { ...H200, computeCapability: [8, 0] })).toEqual([])
  })

  it('do not include strides that are never followed, or just fit', () => {
    const unused = { ...view, batchStride: 0, headStride: 0 }
    expect(notes(halfProblem({ batch: 1, numHeads: 1, headDim: 64, k: unused }))).toEqual([])
    expect(notes(halfProblem({ layout: 'tnh' }))).toEqual([])
    expect(notes(halfProblem({ k: { ...view, batchStride: 2 ** 39 - 8 } }))).toEqual([])
  })

  it('do not include strides of new keys, which are copied to a cache first', () => {
    const still = { ...view, headStride: 0 }
    const past = { seqlen: 4, bufferLength: null }
    expect(notes(halfProblem({ k: still }))).toEqual(['k.headStride'])
    expect(notes(halfProblem({ k: still, seqlenK: 104, past }))).toEqual([])
  })

  it('have no note beside reasons', () => {
    const { reasons, notes: beside } = supports(halfProblem({ seqlenK: 0, sink: 'zero' }), H200)
    expect(reasons).toHaveLength(1)
    expect(beside).toEqual([])
  })
})
