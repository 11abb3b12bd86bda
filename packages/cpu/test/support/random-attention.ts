import { emptyTensor, type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import type { OnnxCall } from './onnx-call.js'
import { randomFloats } from './random-floats.js'
import {
  agreesOnMaskedRows,
  isAdded,
  MASK_FILTERS,
  maskedRows,
  type RandomMaskKind,
  randomMask,
} from './random-mask.js'

/**
 * What a call of Attention is for. ONNX Runtime's CPU crashes without a bias and has no shared
 * buffers: it gets a bias of zeros, and the valid rows of the past.
 */
export const FORMS = ['plain', 'hidden-sizes', 'no-bias', 'present', 'past', 'shared'] as const

/**
 * What ONNX Runtime's CPU refuses: masks of rank 4, an attention bias beside a past, a rotary
 * embedding.
 */
export const REFUSED_FORMS = ['square-mask', 'biased-past', 'rotary'] as const
export type AttentionForm = (typeof FORMS)[number] | (typeof REFUSED_FORMS)[number]

/** One call of Attention, for both: `inputs` and `attributes` are ONNX Runtime's. */
export interface RandomAttention extends OnnxCall {
  readonly features: readonly string[]
  readonly sizes: AttentionSizes
  /** What attnkit gets where that is something else. */
  readonly own: {
    readonly inputs: Readonly<Record<string, HostTensor | undefined>>
    readonly attributes: Readonly<Record<string, number>>
  }
  /** Rows of which every key is masked. ONNX Runtime's scores are rounded to 1e-3 there. */
  readonly maskedRows: ReadonlySet<number>
}

export interface AttentionSizes {
  readonly batch: number
  readonly seqlenQ: number
  readonly past: number
  readonly total: number
  readonly inputWidth: number
  readonly numHeads: number
  readonly headDim: number
  readonly headDimV: number
}

interface Draft {
  readonly random: Random
  readonly form: AttentionForm
  readonly sizes: AttentionSizes
  readonly inputs: Record<string, HostTensor>
  readonly attributes: Record<string, number | readonly number[]>
  readonly own: {
    readonly inputs: Record<string, HostTensor | undefined>
    readonly attributes: Record<string, number>
  }
  readonly features: string[]
}

/** A random call of the form given, within what ONNX Runtime's CPU implements. */
export function randomAttention(random: Random, form: AttentionForm): RandomAttention {
  const sizes = drawSizes(random, form)
  const attributes = { numHeads: sizes.numHeads }
  const own = { inputs: {}, attributes: {} }
  const draft: Draft = { random, form, sizes, inputs: {}, attributes, own, features: [form] }
  drawProjection(draft)
  const masked = drawScores(draft)
  if (sizes.past > 0) drawPast(draft)
  const present = form === 'present' || sizes.past > 0
  const outputs = present ? ['output', 'present'] : ['output']
  return { ...draft, operator: 'Attention', outputs, maskedRows: masked }
}

const WITH_PAST: ReadonlySet<AttentionForm> = new Set(['past', 'shared', 'biased-past'])

function drawSizes(random: Random, form: AttentionForm): AttentionSizes {
  const seqlenQ = random.logInteger(1, 120)
  const mayHave = form === 'square-mask' || form === 'rotary'
  const hasPast = WITH_PAST.has(form) || (mayHave && random.chance(0.5))
  const past = hasPast ? random.logInteger(1, 60) : 0
  const headDim = form === 'rotary' ? 2 * random.logInteger(1, 25) : random.logInteger(1, 50)
  return {
    batch: random.integer(1, 3),
    seqlenQ,
    past,
    total: past + seqlenQ,
    inputWidth: random.logInteger(1, 60),
    numHeads: random.integer(1, 5),
    headDim,
    headDimV: form === 'hidden-sizes' ? random.logInteger(1, 50) : headDim,
  }
}

function drawProjection({ random, form, sizes, inputs, attributes, own }: Draft): void {
  const { batch, seqlenQ, inputWidth, numHeads, headDim, headDimV } = sizes
  const hidden = [headDim, headDim, headDimV].map((dim) => numHeads * dim)
  const width = hidden.reduce((sum, size) => sum + size)
  inputs.input = randomFloats(random, batch, seqlenQ, inputWidth)
  inputs.weights = randomFloats(random, inputWidth, width)
  // Scores of about 1, as those of a model.
  for (let i = 0; i < inputs.weights.data.length; i++) {
    ;(inputs.weights.data as Float32Array)[i]! /= Math.sqrt(inputWidth)
  }
  inputs.bias = form === 'no-bias' ? emptyTensor([width], 'float32') : randomFloats(random, width)
  if (form === 'no-bias') own.inputs.bias = undefined
  if (form === 'hidden-sizes') attributes.qkvHiddenSizes = hidden
}

/** Returns the rows all of whose keys are masked. */
function drawScores(draft: Draft): ReadonlySet<number> {
  const { random, form, sizes, attributes, inputs, features } = draft
  const { batch, numHeads, seqlenQ, total, past } = sizes
  const causal = form !== 'square-mask' && random.chance(0.4)
  if (causal) attributes.unidirectional = 1
  if (causal) features.push('causal')
  if (random.chance(0.3)) attributes.scale = random.uniform() * 0.5 + 0.01
  if (form === 'biased-past' || (past === 0 && random.chance(0.4))) {
    const [batches, heads] = [random.pick([1, batch]), random.pick([1, numHeads])]
    inputs.attentionBias = randomFloats(random, batches, heads, seqlenQ, total)
    features.push('attention bias')
  }
  if (form === 'rotary') drawRotary(draft)
  if (form === 'square-mask') return drawSquareMask(draft)
  return random.chance(0.75) ? drawMask(draft, causal) : new Set()
}

function drawRotary({ random, sizes, attributes }: Draft): void {
  attributes.doRotary = 1
  if (random.chance(0.5)) attributes.rotaryEmbeddingDim = 2 * random.integer(1, sizes.headDim / 2)
}

function drawSquareMask({ random, sizes, inputs }: Draft): ReadonlySet<number> {
  const { batch, total } = sizes
  const size = total + random.integer(0, 4)
  const cells = Int32Array.from({ length: batch * size * size }, () => random.integer(-1, 2))
  inputs.maskIndex = tensor(cells, [batch, 1, size, size])
  return new Set()
}

const MASK_KINDS: readonly (RandomMaskKind | 'dummy')[] = [
  'lengths',
  'start-end',
  '3b+2',
  '2d',
  '3d',
  'dummy',
]

function drawMask(draft: Draft, causal: boolean): ReadonlySet<number> {
  const { random, sizes, inputs, attributes, features } = draft
  const kind = random.pick(MASK_KINDS)
  features.push(`mask ${kind}`)
  if (kind === 'dummy') {
    const rows = random.pick([1, sizes.batch])
    const values = Int32Array.from({ length: rows }, () => random.integer(0, 1))
    inputs.maskIndex = tensor(values, [rows, 1])
    return new Set()
  }
  const { mask, isKept } = randomMask(random, kind, sizes)
  const masked = maskedRows(isKept, { ...sizes, causal })
  const drawn = random.pick(MASK_FILTERS)
  const filter = masked.size > 0 && !agreesOnMaskedRows(drawn) ? undefined : drawn
  inputs.maskIndex = mask
  if (filter !== undefined) attributes.maskFilterValue = filter
  return isAdded(filter) ? new Set() : masked
}

function drawPast({ random, form, sizes, inputs, own }: Draft): void {
  const { batch, numHeads, past, total, headDim } = sizes
  const valid = randomFloats(random, 2, batch, numHeads, past, headDim)
  inputs.past = valid
  if (form !== 'shared') return
  const rows = total + random.integer(0, 5)
  const buffer = emptyTensor([2, batch, numHeads, rows, headDim], 'float32')
  buffer.data.fill(Number.NaN)
  for (let head = 0; head < 2 * batch * numHeads; head++) {
    const keys = valid.data.subarray(head * past * headDim, (head + 1) * past * headDim)
    buffer.data.set(keys, head * rows * headDim)
  }
  own.inputs.past = buffer
  own.inputs.pastSequenceLength = tensor(Int32Array.of(past), [1])
  own.attributes.pastPresentShareBuffer = 1
}
