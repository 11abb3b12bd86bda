import { type Attributes, type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import type { OnnxArray } from './onnxruntime.js'
import { agreesOnMaskedRows, isAdded, MASK_FILTERS, maskedRows, randomMask } from './random-mask.js'

/** How the inputs are given to attnkit. ONNX Runtime's CPU has neither packed form nor shared buffers. */
export const FORMS = ['Q,K,V', 'QKV', 'Q,KV', 'cross', 'past', 'cross-past', 'shared'] as const
export type InputForm = (typeof FORMS)[number]

/** One call of MultiHeadAttention, for both. */
export interface RandomCall {
  readonly form: InputForm
  readonly features: readonly string[]
  readonly inputs: Readonly<Record<string, HostTensor>>
  readonly attributes: Attributes
  /** For ONNX Runtime, by ONNX's names. */
  readonly feeds: Readonly<Record<string, OnnxArray>>
  readonly sizes: CallSizes
  /** Rows of which every key is masked. ONNX Runtime's scores are rounded to 1e-3 there. */
  readonly maskedRows: ReadonlySet<number>
  readonly outputs: ReadonlySet<'present_key' | 'present_value' | 'qk'>
}

export interface CallSizes {
  readonly batch: number
  readonly seqlenQ: number
  readonly newKeys: number
  readonly past: number
  readonly total: number
  readonly numHeads: number
  readonly headDim: number
  readonly headDimV: number
}

interface Draft {
  readonly random: Random
  readonly form: InputForm
  readonly sizes: CallSizes
  readonly causal: boolean
  readonly inputs: Record<string, HostTensor>
  readonly feeds: Record<string, OnnxArray>
  readonly features: string[]
}

/** A random call of the form given: sizes, masks, biases, attributes and optional outputs. */
export function randomMultiHeadAttention(random: Random, form: InputForm): RandomCall {
  const sizes = drawSizes(random, form)
  const causal = random.chance(0.35)
  const draft: Draft = { random, form, sizes, causal, inputs: {}, feeds: {}, features: [form] }
  drawHeads(draft)
  if (form !== 'Q,KV' && random.chance(0.4)) drawBias(draft)
  const filter = random.pick(MASK_FILTERS)
  const masked = random.chance(0.6) ? drawMask(draft, filter) : new Set<number>()
  if (random.chance(0.4)) drawAttentionBias(draft)
  const scale = random.chance(0.3) ? random.uniform() * 0.5 + 0.01 : undefined
  const outputs = drawOutputs(draft)
  if (causal) draft.features.push('causal')
  return {
    ...draft,
    maskedRows: masked,
    outputs,
    attributes: {
      numHeads: sizes.numHeads,
      unidirectional: causal,
      ...(filter !== undefined && { maskFilterValue: filter }),
      ...(scale !== undefined && { scale }),
    },
  }
}

function drawSizes(random: Random, form: InputForm): CallSizes {
  const self = form === 'QKV'
  const seqlenQ = random.logInteger(1, 200)
  const newKeys = self || random.chance(0.5) ? seqlenQ : random.logInteger(1, 200)
  const past =
    form === 'past' || form === 'cross-past' || form === 'shared' ? random.logInteger(1, 90) : 0
  const headDim = random.logInteger(1, 80)
  const sameDims = form !== 'Q,K,V' || random.chance(0.6)
  return {
    batch: random.integer(1, 3),
    seqlenQ,
    newKeys,
    past,
    total: past + newKeys,
    numHeads: random.integer(1, 6),
    headDim,
    headDimV: sameDims ? headDim : random.logInteger(1, 80),
  }
}

function floats(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal())
}

/** (B, S, N, H) out of a function of its indices. */
function gather(
  [b, s, n, h]: readonly [number, number, number, number],
  at: (b: number, s: number, n: number, h: number) => number,
): Float32Array {
  const result = new Float32Array(b * s * n * h)
  let i = 0
  for (let x = 0; x < b; x++) {
    for (let y = 0; y < s; y++) {
      for (let z = 0; z < n; z++) for (let w = 0; w < h; w++) result[i++] = at(x, y, z, w)
    }
  }
  return result
}

function drawHeads(draft: Draft): void {
  const { random, form, sizes, inputs, feeds } = draft
  const { batch, seqlenQ, newKeys, numHeads, headDim, headDimV } = sizes
  const query = floats(random, batch * seqlenQ * numHeads * headDim)
  const key = floats(random, batch * newKeys * numHeads * headDim)
  const value = floats(random, batch * newKeys * numHeads * headDimV)
  feeds.query = { data: query, dims: [batch, seqlenQ, numHeads * headDim] }
  if (form === 'QKV') {
    inputs.query = pack([query, key, value], sizes)
  } else {
    inputs.query = tensor(query, feeds.query.dims)
  }
  if (form === 'cross' || form === 'cross-past') {
    for (const [name, data] of Object.entries({ key, value })) {
      feeds[name] = { data, dims: [batch, numHeads, newKeys, headDim] }
      inputs[name] = tensor(data, feeds[name].dims)
    }
  } else {
    feeds.key = { data: key, dims: [batch, newKeys, numHeads * headDim] }
    feeds.value = { data: value, dims: [batch, newKeys, numHeads * headDimV] }
    if (form === 'Q,KV') inputs.key = pack([key, value], sizes)
    else if (form !== 'QKV') {
      inputs.key = tensor(key, feeds.key.dims)
      inputs.value = tensor(value, feeds.value.dims)
    }
  }
  if (sizes.past > 0) drawPast(draft)
}

/** Tensors of (B, L, N·H) as one of (B, L, N, count, H). */
function pack(parts: readonly Float32Array[], { batch, newKeys, numHeads, headDim }: CallSizes) {
  const count = parts.length
  const data = gather([batch, newKeys, numHeads * count, headDim], (b, s, n, h) => {
    const head = Math.floor(n / count)
    return parts[n % count]![((b * newKeys + s) * numHeads + head) * headDim + h]!
  })
  return tensor(data, [batch, newKeys, numHeads, count, headDim])
}

function drawPast({ random, form, sizes, inputs, feeds }: Draft): void {
  const { batch, numHeads, past, total, headDim } = sizes
  for (const [name, onnxName] of [
    ['pastKey', 'past_key'],
    ['pastValue', 'past_value'],
  ] as const) {
    const dims = [batch, numHeads, past, headDim]
    const data = floats(random, batch * numHeads * past * headDim)
    feeds[onnxName] = { data, dims }
    inputs[name] = tensor(data, dims)
    if (form !== 'shared') continue
    const rows = total + random.integer(0, 5)
    const buffer = gather([batch, numHeads, rows, headDim], (b, n, row, h) =>
      row < past ? data[((b * numHeads + n) * past + row) * headDim + h]! : Number.NaN,
    )
    inputs[name] = tensor(buffer, [batch, numHeads, rows, headDim])
  }
  if (form !== 'shared') return
  const rows = Math.min(inputs.pastKey!.shape[2]!, inputs.pastValue!.shape[2]!)
  for (const name of ['pastKey', 'pastValue']) inputs[name] = shortened(inputs[name]!, rows)
  inputs.pastSequenceLength = tensor(Int32Array.of(past), [1])
}

/** The first rows of each head of a (B, N, rows, H) tensor. */
function shortened({ data, shape }: HostTensor, rows: number): HostTensor {
  const [b, n, before, h] = shape as [number, number, number, number]
  const part = gather([b, n, rows, h], (x, y, row, w) =>
    Number(data[((x * n + y) * before + row) * h + w]),
  )
  return tensor(part, [b, n, rows, h])
}

function drawBias({ random, sizes, inputs, feeds, features }: Draft): void {
  const length = sizes.numHeads * (2 * sizes.headDim + sizes.headDimV)
  feeds.bias = { data: floats(random, length), dims: [length] }
  inputs.bias = tensor(feeds.bias.data as Float32Array, [length])
  features.push('bias')
}

/** Returns the (batch, query) rows, as batch · seqlenQ + query, all of whose keys are masked. */
function drawMask(draft: Draft, filter: number | undefined): ReadonlySet<number> {
  const { random, sizes, causal, inputs, feeds } = draft
  const kind = random.pick(['lengths', '3b+2', '2d', '3d'] as const)
  const { mask, isKept } = randomMask(random, kind, sizes)
  const masked = maskedRows(isKept, { ...sizes, causal })
  if (masked.size > 0 && !agreesOnMaskedRows(filter)) return new Set()
  inputs.keyPaddingMask = mask
  feeds.key_padding_mask = { data: mask.data, dims: mask.shape }
  draft.features.push(`mask ${kind}`)
  return isAdded(filter) ? new Set() : masked
}

function drawAttentionBias({ random, sizes, inputs, feeds, features }: Draft): void {
  const batch = random.chance(0.5) ? 1 : sizes.batch
  const heads = random.chance(0.5) ? 1 : sizes.numHeads
  const dims = [batch, heads, sizes.seqlenQ, sizes.total]
  const data = floats(random, batch * heads * sizes.seqlenQ * sizes.total)
  feeds.attention_bias = { data, dims }
  inputs.attentionBias = tensor(data, dims)
  features.push('attention bias')
}

function drawOutputs({ random, form, sizes, features }: Draft): RandomCall['outputs'] {
  const outputs = new Set<'present_key' | 'present_value' | 'qk'>()
  const present = sizes.past > 0 || (form === 'Q,K,V' && sizes.headDim === sizes.headDimV)
  if (sizes.past > 0 || (present && random.chance(0.3))) {
    outputs.add('present_key').add('present_value')
    features.push('present')
  }
  if (random.chance(0.2)) {
    outputs.add('qk')
    features.push('qk')
  }
  return outputs
}
