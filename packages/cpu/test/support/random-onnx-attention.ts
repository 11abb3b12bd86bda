import { type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import type { OnnxCall } from './onnx-call.js'
import { randomFloats } from './random-floats.js'

/** Keys given once, behind a past, or in a cache outside of which each sequence uses a part. */
export const FORMS = ['plain', 'past', 'nonpad'] as const
export type OnnxForm = (typeof FORMS)[number]

/** One call of ONNX's Attention, for both. */
export interface OnnxAttentionCall extends OnnxCall {
  readonly features: readonly string[]
  readonly sizes: OnnxAttentionSizes
}

export interface OnnxAttentionSizes {
  readonly batch: number
  readonly seqlenQ: number
  readonly newKeys: number
  readonly past: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  readonly headDimV: number
}

interface Draft {
  readonly random: Random
  readonly sizes: OnnxAttentionSizes
  readonly inputs: Record<string, HostTensor>
  readonly attributes: Record<string, number>
  readonly features: string[]
}

const HIDDEN = [Number.NEGATIVE_INFINITY, -(2 - 2 ** -23) * 2 ** 127]

/**
 * A random call of the form given, within what ONNX Runtime's CPU implements: no windows, and masks of rank 2 to 4 with
 * a row for each query and a column for each key.
 */
export function randomOnnxAttention(random: Random, form: OnnxForm): OnnxAttentionCall {
  const sizes = drawSizes(random, form)
  const draft: Draft = { random, sizes, inputs: {}, attributes: {}, features: [form] }
  drawHeads(draft, random.chance(0.5))
  if (form === 'nonpad') drawNonpad(draft)
  if (random.chance(0.6)) drawMask(draft)
  drawAttributes(draft)
  const opset = form === 'nonpad' || random.chance(0.5) ? 24 : 23
  return { ...draft, operator: 'ai.onnx::Attention', opset, outputs: drawOutputs(draft, form) }
}

function drawSizes(random: Random, form: OnnxForm): OnnxAttentionSizes {
  const seqlenQ = random.logInteger(1, 70)
  const numHeadsKv = random.integer(1, 3)
  const headDim = random.logInteger(1, 70)
  return {
    batch: random.integer(1, 3),
    seqlenQ,
    newKeys: random.chance(0.4) ? seqlenQ : random.logInteger(1, 90),
    past: form === 'past' ? random.integer(0, 60) : 0,
    numHeads: numHeadsKv * random.integer(1, 4),
    numHeadsKv,
    headDim,
    headDimV: random.chance(0.5) ? headDim : random.logInteger(1, 70),
  }
}

function drawHeads({ random, sizes, inputs, attributes, features }: Draft, sideBySide: boolean) {
  const { batch, seqlenQ, newKeys, past, numHeads, numHeadsKv, headDim, headDimV } = sizes
  const heads = (count: number, seqlen: number, dim: number) =>
    sideBySide
      ? randomFloats(random, batch, seqlen, count * dim)
      : randomFloats(random, batch, count, seqlen, dim)
  inputs.q = heads(numHeads, seqlenQ, headDim)
  inputs.k = heads(numHeadsKv, newKeys, headDim)
  inputs.v = heads(numHeadsKv, newKeys, headDimV)
  if (sideBySide) Object.assign(attributes, { qNumHeads: numHeads, kvNumHeads: numHeadsKv })
  features.push(sideBySide ? 'rank 3' : 'rank 4')
  if (features[0] !== 'past') return
  inputs.pastKey = randomFloats(random, batch, numHeadsKv, past, headDim)
  inputs.pastValue = randomFloats(random, batch, numHeadsKv, past, headDimV)
}

function drawNonpad({ random, sizes, inputs }: Draft): void {
  const { batch, newKeys } = sizes
  const counts = Array.from({ length: batch }, () => BigInt(random.integer(0, newKeys)))
  inputs.nonpadKvSeqlen = tensor(BigInt64Array.from(counts), [batch])
}

function drawMask({ random, sizes, inputs, features }: Draft): void {
  const { batch, numHeads, seqlenQ, newKeys, past } = sizes
  const leading = random.pick([
    [],
    [random.chance(0.5) ? 1 : numHeads],
    [random.chance(0.5) ? 1 : batch, random.chance(0.5) ? 1 : numHeads],
  ])
  const shape = [...leading, seqlenQ, past + newKeys]
  const isBool = random.chance(0.5)
  features.push(`mask ${isBool ? 'bool' : 'float'} of rank ${shape.length}`)
  const density = random.pick([0.05, 0.5, 0.95])
  if (isBool) {
    const kept = emptyLike(shape, () => (random.chance(density) ? 1 : 0))
    inputs.attnMask = tensor(Uint8Array.from(kept), shape, 'bool')
    return
  }
  // Rows of nothing but -Infinity or the lowest number, as exporters write them, are zero.
  const hides = random.chance(0.6)
  inputs.attnMask = tensor(
    Float32Array.from(
      emptyLike(shape, () =>
        !hides || random.chance(density) ? random.normal() : random.pick(HIDDEN),
      ),
    ),
    shape,
  )
}

function emptyLike(shape: readonly number[], draw: () => number): number[] {
  return Array.from({ length: shape.reduce((product, size) => product * size, 1) }, draw)
}

function drawAttributes({ random, sizes, attributes, features }: Draft): void {
  const may = (feature: string, chance: number) => {
    const drawn = random.chance(chance)
    if (drawn) features.push(feature)
    return drawn
  }
  // Behind a past, ONNX Runtime's CPU shows a single query all of the new keys.
  const isSingle = features[0] === 'past' && sizes.seqlenQ === 1 && sizes.newKeys > 1
  if (!isSingle && may('causal', 0.45)) attributes.isCausal = 1
  if (may('scale', 0.3)) attributes.scale = random.uniform() * 0.5 + 0.01
  if (may('softcap', 0.3)) attributes.softcap = random.uniform() * 3 + 0.2
  if (may('softmax precision', 0.2)) attributes.softmaxPrecision = random.pick([1, 11])
}

function drawOutputs({ random, attributes, features }: Draft, form: OnnxForm): readonly string[] {
  const outputs = ['output']
  if (form === 'past' || random.chance(0.3)) {
    outputs.push('presentKey', 'presentValue')
    features.push('present')
  }
  if (!random.chance(0.4)) return outputs
  attributes.qkMatmulOutputMode = random.integer(0, 3)
  features.push(`scores ${attributes.qkMatmulOutputMode}`)
  return [...outputs, 'qkMatmulOutput']
}
