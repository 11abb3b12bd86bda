import { describe, expect, it } from 'vitest'
import { defineBackend } from '../src/backend/define-backend.js'
import { HOST } from '../src/backend/device.js'
import type { BoundProblem } from '../src/backend/plan.js'
import { runConformance } from '../src/conformance/run-conformance.js'
import type { AttentionProblem, RotarySpec } from '../src/problem/attention-problem.js'
import { reference } from '../src/reference/reference.js'
import { tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'

type Bound = BoundProblem<HostTensor>

/** The reference, given another call than it was asked for. */
function misled(mislead: (bound: Bound) => Bound) {
  const { capabilities, availability, supports } = reference()
  return defineBackend({
    name: 'misled',
    deviceType: 'host',
    capabilities: { ...capabilities, dtypes: ['float32'] },
    availability,
    supports,
    plan: (problem) => ({
      variant: 'misled',
      workspaceBytes: 0,
      execute: (bound) => reference().plan(problem, HOST).execute(mislead(bound), 1),
    }),
  })
}

function changed(bound: Bound, change: Partial<AttentionProblem>): Bound {
  return { ...bound, problem: { ...bound.problem, ...change } }
}

function problemChange(change: (problem: AttentionProblem) => Partial<AttentionProblem>) {
  return (bound: Bound): Bound => changed(bound, change(bound.problem))
}

function rotaryChange(change: (rotary: RotarySpec) => Partial<RotarySpec>) {
  return problemChange(({ rotary }) => ({ rotary: rotary && { ...rotary, ...change(rotary) } }))
}

const LENGTHS = { kind: 'lengths', dtype: 'int32', filterValue: -10000 } as const

type MaskChange = Partial<NonNullable<AttentionProblem['mask']>>

function maskChange(change: (mask: NonNullable<AttentionProblem['mask']>) => MaskChange) {
  return problemChange(({ mask }) => ({ mask: mask && { ...mask, ...change(mask) } }))
}

// What implementations get wrong, and cases that must show it.
const MUTATIONS: [name: string, mislead: (bound: Bound) => Bound, cases: string[]][] = [
  [
    'causal aligned with the last key',
    problemChange(({ causal, seqlenK, seqlenQ, past }) =>
      causal && !past ? { causalOffset: seqlenK - seqlenQ } : {},
    ),
    ['causal-without-past', 'causal-offset'],
  ],
  ['no offset with a past', problemChange(() => ({ causalOffset: 0 })), ['causal-with-past']],
  [
    'causal left out',
    problemChange(() => ({ causal: false })),
    ['causal-before-first-key', 'varlen'],
  ],
  [
    'windows one key too short',
    problemChange(({ windowLeft: l, windowRight: r }) => ({
      windowLeft: l > 0 ? l - 1 : l,
      windowRight: r > 0 ? r - 1 : r,
    })),
    ['window-left', 'window-both'],
  ],
  [
    'a window of 0 taken for none',
    problemChange(({ windowLeft, windowRight }) => ({
      windowLeft: windowLeft || -1,
      windowRight: windowRight || -1,
    })),
    ['window-zero'],
  ],
  [
    'rows without keys computed over all',
    problemChange(({ mask }) => ({ emptyRows: mask ? 'ignore-mask' : 'zero' })),
    ['mask-hides-all-zero'],
  ],
  [
    'rows without keys set to zero',
    problemChange(() => ({ emptyRows: 'zero' })),
    ['mask-hides-all-ignored', 'mask-lengths-0-ignored', 'mask-hides-all-causal'],
  ],
  [
    'masks that add taken as masks that exclude',
    maskChange(() => ({ filterValue: -10000 })),
    ['mask-adds', 'mask-lengths-adds', 'mask-then-causal'],
  ],
  [
    'masks that exclude taken as masks that add',
    maskChange(({ filterValue }) => ({ filterValue: Math.max(filterValue, -999) })),
    ['mask-hides-nan', 'mask-hides-all-zero', 'qk-biased-masked'],
  ],
  [
    'no mask',
    problemChange(() => ({ mask: null })),
    ['mask-2d', 'mask-3d', 'mask-4d', 'mask-lengths'],
  ],
  [
    'starts left out',
    maskChange(({ kind }) => (kind === 'start-end' ? { kind: 'lengths' } : {})),
    ['mask-start-end'],
  ],
  [
    'negative mask values kept',
    (bound) => {
      if (bound.mask?.dtype !== 'int32' || bound.problem.mask?.kind !== '2d') return bound
      const data = (bound.mask.data as Int32Array).map(Math.abs)
      return { ...bound, mask: { ...bound.mask, data } }
    },
    ['mask-2d'],
  ],
  [
    'the sign of the scale lost',
    problemChange(({ softmaxScale }) => ({ softmaxScale: Math.abs(softmaxScale) })),
    ['scale-negative'],
  ],
  [
    'scale 0 taken for the default',
    problemChange(({ softmaxScale, headDim }) => ({
      softmaxScale: softmaxScale || 1 / Math.sqrt(headDim),
    })),
    ['scale-zero'],
  ],
  [
    'no softcap',
    problemChange(() => ({ softcap: 0 })),
    ['softcap-before-bias', 'softcap-before-mask'],
  ],
  [
    'no attention bias',
    problemChange(() => ({ attentionBias: null })),
    ['attention-bias-unscaled', 'attention-bias-hides'],
  ],
  [
    'a bias of the first batch entry and head for all',
    problemChange(({ attentionBias: bias }) => ({
      attentionBias: bias && { ...bias, view: { ...bias.view, batchStride: 0, headStride: 0 } },
    })),
    ['attention-bias-broadcast-batch', 'attention-bias-broadcast-heads'],
  ],
  [
    'no sink',
    problemChange(() => ({ sink: 'none' })),
    ['sink-zero', 'sink-per-head', 'softmax-lse'],
  ],
  [
    'Q, K and V outside of the heads',
    problemChange(({ format, numHeads, headDim, q, k, v }) => {
      if (format === 'Q,K,V') return {}
      const part = numHeads * headDim
      const inner = { headStride: headDim }
      if (format === 'Q,KV') return { k: { ...k, ...inner }, v: { ...v, ...inner, offset: part } }
      return {
        q: { ...q, ...inner },
        k: { ...k, ...inner, offset: part },
        v: { ...v, ...inner, offset: 2 * part },
      }
    }),
    ['packed-qkv', 'packed-kv', 'varlen-packed'],
  ],
  [
    'K and V of rank 4 read with heads inside',
    problemChange(({ headDim, numHeads, k }) => {
      if (k.headStride <= k.seqStride) return {}
      const inside = { ...k, seqStride: numHeads * headDim, headStride: headDim }
      return { k: inside, v: inside }
    }),
    ['keys-heads-first', 'heads-first'],
  ],
  [
    'the bias of K and V added to keys of rank 4',
    problemChange(({ projectionBias }) => ({
      projectionBias: projectionBias && { q: true, k: true, v: true },
    })),
    ['keys-heads-first'],
  ],
  [
    'no projection bias',
    problemChange(() => ({ projectionBias: null })),
    ['projection-bias', 'projection-bias-before-past'],
  ],
  [
    'the -Infinity of qk shown as a number',
    problemChange(() => ({ qkHidden: 'lowest' })),
    ['qk-hidden-minus-infinity', 'qk-hidden-zero'],
  ],
  [
    'scores of another stage',
    problemChange(({ qkOutput }) => ({
      qkOutput: qkOutput === 'biased' ? 'softcapped' : qkOutput === 'none' ? 'none' : 'biased',
    })),
    ['qk-scaled', 'qk-softcapped', 'qk-biased', 'qk-probabilities', 'qk-biased-masked'],
  ],
  [
    'key lengths left out',
    problemChange(() => ({ keyLengths: null })),
    [
      'key-lengths',
      'key-lengths-per-batch',
      'key-lengths-0',
      'key-lengths-causal',
      'key-lengths-hide-nan',
      'qk-key-lengths',
    ],
  ],
  [
    'key lengths taken for a mask, which rows without keys ignore',
    (bound) =>
      bound.keyLengths
        ? { ...changed(bound, { keyLengths: null, mask: LENGTHS }), mask: bound.keyLengths }
        : bound,
    ['key-lengths-0'],
  ],
  [
    'the longest past for all',
    problemChange(({ past }) => ({ past: past && { ...past, perBatch: false } })),
    [
      'past-per-batch',
      'past-per-batch-causal',
      'past-per-batch-decode',
      'past-per-batch-buffer',
      'past-per-batch-separate',
      'rotary-past-per-batch',
      'qk-past-per-batch',
      'stacked-past-per-batch',
    ],
  ],
  [
    'keys alone in a stacked cache',
    problemChange(() => ({ cacheStacked: false })),
    ['stacked-cache', 'stacked-buffer', 'stacked-past-per-batch'],
  ],
  [
    'no norm',
    problemChange(() => ({ qkNorm: null })),
    ['qk-norm', 'qk-norm-after-bias', 'qk-norm-past', 'rotary-after-norm', 'rotary-grouped'],
  ],
  [
    'no epsilon',
    problemChange(({ qkNorm }) => ({ qkNorm: qkNorm && { epsilon: 0 } })),
    ['qk-norm-epsilon'],
  ],
  [
    'the weights of Q for K',
    (bound) => (bound.qNorm ? { ...bound, kNorm: bound.qNorm } : bound),
    ['qk-norm', 'qk-norm-past'],
  ],
  [
    'no rotary embedding',
    problemChange(() => ({ rotary: null })),
    ['rotary-halves', 'rotary-more-keys', 'rotary-only-past', 'rotary-varlen', 'rotary-grouped'],
  ],
  [
    'pairs taken for halves, and halves for pairs',
    rotaryChange(({ interleaved }) => ({ interleaved: !interleaved })),
    ['rotary-halves', 'rotary-interleaved', 'rotary-part', 'rotary-tables-interleaved'],
  ],
  [
    'whole heads turned',
    problemChange(({ rotary, headDim }) => ({ rotary: rotary && { ...rotary, dim: headDim } })),
    ['rotary-part', 'rotary-part-interleaved', 'rotary-after-norm'],
  ],
  ['one base for all', rotaryChange(() => ({ base: 10000 })), ['rotary-base', 'rotary-tables']],
  [
    'cosines taken for sines',
    (bound) => ({ ...bound, rotaryCos: bound.rotarySin!, rotarySin: bound.rotaryCos! }),
    ['rotary-tables', 'rotary-tables-interleaved', 'rotary-table-positions'],
  ],
  [
    'given positions left out',
    rotaryChange(() => ({ positions: false })),
    ['rotary-positions', 'rotary-table-positions'],
  ],
  [
    'positions that begin at 0 after a past',
    (bound) => {
      const { rotary, batch, seqlenQ } = bound.problem
      if (!rotary) return bound
      const first = Int32Array.from({ length: batch * seqlenQ }, (_, at) => at % seqlenQ)
      const positions = tensor(first, [batch, seqlenQ])
      return { ...changed(bound, { rotary: { ...rotary, positions: true } }), positions }
    },
    ['rotary-past', 'rotary-past-per-batch', 'rotary-grouped'],
  ],
]

describe('the chosen cases see', () => {
  it.each(MUTATIONS)('%s', async (_, mislead, cases) => {
    const failed: string[] = []
    const backend = misled(mislead)
    const filter = (name: string) => cases.includes(name.split('/')[0]!)
    for await (const { name, status } of runConformance({ backend }, { problems: 0, filter })) {
      if (status === 'failed') failed.push(name.split('/')[0]!)
    }
    expect(failed.sort()).toEqual([...cases].sort())
  })
})
