import { type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import type { OnnxCall } from './onnx-call.js'
import { randomFloats } from './random-floats.js'

/**
 * What a call is for: a prompt without a past or into a buffer, one token or several behind a past, or queries of a
 * cache that holds all keys. ONNX Runtime's CPU takes several tokens behind a past for one sequence alone.
 */
export const FORMS = ['prompt', 'prompt-buffer', 'decode', 'chunk', 'shared-kv'] as const
export type GroupQueryForm = (typeof FORMS)[number]

/** One call of GroupQueryAttention, for both. */
export interface GroupQueryCall extends OnnxCall {
  readonly features: readonly string[]
  readonly sizes: GroupQuerySizes
  /** Whether present is written over the past. ONNX Runtime gets a past of its own. */
  readonly inPlace: boolean
}

export interface GroupQuerySizes {
  readonly batch: number
  readonly seqlenQ: number
  readonly newKeys: number
  /** Keys of the longest batch entry. */
  readonly total: number
  /** Rows of the past; null without one. */
  readonly pastRows: number | null
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  /** Keys of each batch entry. */
  readonly lengths: readonly number[]
}

interface Draft {
  readonly random: Random
  readonly form: GroupQueryForm
  readonly sizes: GroupQuerySizes
  readonly inputs: Record<string, HostTensor>
  readonly attributes: Record<string, number>
  readonly features: string[]
}

/** A random call of the form given, within what ONNX Runtime's CPU implements. */
export function randomGroupQueryAttention(random: Random, form: GroupQueryForm): GroupQueryCall {
  const rotates = random.chance(0.4)
  const sizes = drawSizes(random, form, rotates)
  const { numHeads, numHeadsKv, lengths, total, pastRows } = sizes
  const inputs: Record<string, HostTensor> = {}
  const attributes = { numHeads, kvNumHeads: numHeadsKv }
  const draft: Draft = { random, form, sizes, inputs, attributes, features: [form] }
  drawHeads(draft)
  inputs.seqlensK = tensor(
    Int32Array.from(lengths, (length) => length - 1),
    [sizes.batch],
  )
  inputs.totalSequenceLength = tensor(Int32Array.of(total), [1])
  if (rotates) drawRotary(draft)
  drawScores(draft)
  const outputs = drawOutputs(draft)
  const inPlace = pastRows !== null && pastRows >= total && random.chance(0.4)
  if (inPlace) draft.features.push('in place')
  return { ...draft, operator: 'GroupQueryAttention', outputs, inPlace }
}

function drawSizes(random: Random, form: GroupQueryForm, rotates: boolean): GroupQuerySizes {
  const isPrompt = form === 'prompt' || form === 'prompt-buffer'
  const batch = form === 'chunk' ? 1 : random.integer(1, 3)
  const several = isPrompt || form === 'chunk' || (form === 'shared-kv' && batch === 1)
  const seqlenQ = several ? random.logInteger(isPrompt ? 1 : 2, 60) : 1
  const newKeys = form === 'shared-kv' ? 0 : seqlenQ
  const total = isPrompt ? seqlenQ : seqlenQ + random.logInteger(1, 90)
  const numHeadsKv = random.integer(1, 3)
  const least = form === 'shared-kv' || form === 'chunk' ? seqlenQ : 1
  const lengths = Array.from({ length: batch }, () => random.integer(least, total))
  lengths[random.integer(0, batch - 1)] = total
  const room = random.chance(0.5) ? random.integer(1, 6) : 0
  return {
    batch,
    seqlenQ,
    newKeys,
    total,
    pastRows: form === 'prompt' ? null : total - (random.chance(0.5) ? newKeys : 0) + room,
    numHeads: numHeadsKv * random.integer(1, 4),
    numHeadsKv,
    headDim: rotates ? 16 * random.integer(1, 4) : 8 * random.integer(1, 9),
    lengths,
  }
}

function drawHeads({ random, form, sizes, inputs, features }: Draft): void {
  const { batch, seqlenQ, newKeys, pastRows, numHeads, numHeadsKv, headDim } = sizes
  if (form !== 'shared-kv' && random.chance(0.3)) {
    const width = (numHeads + 2 * numHeadsKv) * headDim
    inputs.query = randomFloats(random, batch, seqlenQ, width)
    features.push('packed')
  } else {
    inputs.query = randomFloats(random, batch, seqlenQ, numHeads * headDim)
    inputs.key = randomFloats(random, batch, newKeys, numHeadsKv * headDim)
    inputs.value = randomFloats(random, batch, newKeys, numHeadsKv * headDim)
  }
  if (pastRows === null) return
  inputs.pastKey = randomFloats(random, batch, numHeadsKv, pastRows, headDim)
  inputs.pastValue = randomFloats(random, batch, numHeadsKv, pastRows, headDim)
}

function drawRotary({ random, form, sizes, inputs, attributes, features }: Draft): void {
  const { batch, seqlenQ, total, headDim } = sizes
  const rows = total + random.integer(0, 9)
  const width = 8 * random.integer(1, headDim / 16)
  inputs.cosCache = randomFloats(random, rows, width)
  inputs.sinCache = randomFloats(random, rows, width)
  attributes.doRotary = 1
  attributes.rotaryInterleaved = random.integer(0, 1)
  features.push(attributes.rotaryInterleaved ? 'rotary interleaved' : 'rotary')
  if (random.chance(0.5)) return
  // Of a prompt ONNX Runtime's CPU reads the first position alone, and counts from there in each sequence.
  const isPrompt = form === 'prompt' || form === 'prompt-buffer'
  const first = random.integer(0, rows - seqlenQ)
  const positions = Array.from({ length: batch * seqlenQ }, (_, i) =>
    isPrompt ? first + (i % seqlenQ) : random.integer(0, rows - 1),
  )
  inputs.positionIds = tensor(BigInt64Array.from(positions, BigInt), [batch, seqlenQ])
  features.push('position ids')
}

function drawScores({ random, sizes, inputs, attributes, features }: Draft): void {
  const { batch, seqlenQ, total, numHeads } = sizes
  const may = (feature: string, chance: number) => {
    const drawn = random.chance(chance)
    if (drawn) features.push(feature)
    return drawn
  }
  if (may('scale', 0.3)) attributes.scale = random.uniform() * 0.5 + 0.01
  if (may('softcap', 0.25)) attributes.softcap = random.uniform() * 3 + 0.2
  if (may('not causal', 0.2)) attributes.causal = 0
  else if (may('window', 0.35)) attributes.localWindowSize = random.logInteger(1, total + 2)
  if (may('smooth', 0.15)) attributes.smoothSoftmax = 1
  if (may('sink', 0.2)) inputs.headSink = randomFloats(random, numHeads)
  if (!may('bias', 0.3)) return
  const batches = random.chance(0.5) ? 1 : batch
  const heads = random.chance(0.5) ? 1 : numHeads
  inputs.attentionBias = randomFloats(random, batches, heads, seqlenQ, total)
}

function drawOutputs({ random, sizes, attributes, features }: Draft): readonly string[] {
  const outputs = ['output']
  // ONNX Runtime's CPU writes outputQk beside present alone.
  const mode = random.chance(0.25) ? random.integer(1, 2) : 0
  if (mode > 0 || sizes.pastRows !== null || random.chance(0.5)) {
    outputs.push('presentKey', 'presentValue')
    features.push('present')
  }
  if (mode === 0) return outputs
  attributes.qkOutput = mode
  features.push(`qk ${mode}`)
  return [...outputs, 'outputQk']
}
