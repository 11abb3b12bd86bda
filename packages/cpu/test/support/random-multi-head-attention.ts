import { type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import type { OnnxCall } from './onnx-call.js'
import { randomFloats } from './random-floats.js'
import { agreesOnMaskedRows, isAdded, MASK_FILTERS, maskedRows, randomMask } from './random-mask.js'

/** How the inputs are given to attnkit. ONNX Runtime's CPU has neither packed form nor shared buffers. */
export const FORMS = ['Q,K,V', 'QKV', 'Q,KV', 'cross', 'past', 'cross-past', 'shared'] as const
export type InputForm = (typeof FORMS)[number]

/** One call of MultiHeadAttention, for both: `inputs` are ONNX Runtime's. */
export interface RandomCall extends OnnxCall {
  readonly form: InputForm
  readonly features: readonly string[]
  /** What attnkit gets where that is something else. */
  readonly own: Readonly<Record<string, HostTensor | undefined>>
  readonly sizes: CallSizes
  /** Rows of which every key is masked. ONNX Runtime's scores are rounded to 1e-3 there. */
  readonly maskedRows: ReadonlySet<number>
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
  readonly inputs: Record<string, HostTensor>
  readonly own: Record<string, HostTensor | undefined>
  readonly attributes: Record<string, number>
  readonly features: string[]
}

/** A random call of the form given: sizes, masks, biases, attributes and optional outputs. */
export function randomMultiHeadAttention(random: Random, form: InputForm): RandomCall {
  const sizes = drawSizes(random, form)
  const { batch, numHeads, headDim, headDimV, seqlenQ, total } = sizes
  const attributes: Record<string, number> = { numHeads }
  if (random.chance(0.35)) attributes.unidirectional = 1
  const draft: Draft = { random, form, sizes, inputs: {}, own: {}, attributes, features: [form] }
  const { inputs, features } = draft
  drawHeads(draft)
  if (sizes.past > 0) drawPast(draft)
  if (form !== 'Q,KV' && random.chance(0.4)) {
    inputs.bias = randomFloats(random, numHeads * (2 * headDim + headDimV))
    features.push('bias')
  }
  const filter = random.pick(MASK_FILTERS)
  if (filter !== undefined) attributes.maskFilterValue = filter
  const masked = random.chance(0.6) ? drawMask(draft, filter) : new Set<number>()
  if (random.chance(0.4)) {
    const [batches, heads] = [random.pick([1, batch]), random.pick([1, numHeads])]
    inputs.attentionBias = randomFloats(random, batches, heads, seqlenQ, total)
    features.push('attention bias')
  }
  if (random.chance(0.3)) attributes.scale = random.uniform() * 0.5 + 0.01
  const outputs = drawOutputs(draft)
  if (attributes.unidirectional) features.push('causal')
  return { ...draft, operator: 'MultiHeadAttention', outputs, maskedRows: masked }
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

function drawHeads({ random, form, sizes, inputs, own }: Draft): void {
  const { batch, seqlenQ, newKeys, numHeads, headDim, headDimV } = sizes
  const query = randomFloats(random, batch, seqlenQ, numHeads * headDim)
  const isCross = form === 'cross' || form === 'cross-past'
  const [key, value] = [headDim, headDimV].map((dim) =>
    isCross
      ? randomFloats(random, batch, numHeads, newKeys, dim)
      : randomFloats(random, batch, newKeys, numHeads * dim),
  ) as [HostTensor<'float32'>, HostTensor<'float32'>]
  Object.assign(inputs, { query, key, value })
  if (form === 'QKV') {
    Object.assign(own, { query: pack([query, key, value], sizes), key: undefined })
  } else if (form === 'Q,KV') own.key = pack([key, value], sizes)
  if (form === 'QKV' || form === 'Q,KV') own.value = undefined
}

/** Tensors of (B, L, N·H) as one of (B, L, N, count, H). */
function pack(
  parts: readonly HostTensor<'float32'>[],
  { batch, newKeys, numHeads, headDim }: CallSizes,
): HostTensor {
  const count = parts.length
  const data = gather([batch, newKeys, numHeads * count, headDim], (b, s, n, h) => {
    const head = Math.floor(n / count)
    return parts[n % count]!.data[((b * newKeys + s) * numHeads + head) * headDim + h]!
  })
  return tensor(data, [batch, newKeys, numHeads, count, headDim])
}

function drawPast({ random, form, sizes, inputs, own }: Draft): void {
  const { batch, numHeads, past, total, headDim } = sizes
  const rows = total + random.integer(0, 5)
  for (const name of ['pastKey', 'pastValue']) {
    const { data, ...valid } = randomFloats(random, batch, numHeads, past, headDim)
    inputs[name] = { ...valid, data }
    if (form !== 'shared') continue
    const buffer = gather([batch, numHeads, rows, headDim], (b, n, row, h) =>
      row < past ? data[((b * numHeads + n) * past + row) * headDim + h]! : Number.NaN,
    )
    own[name] = tensor(buffer, [batch, numHeads, rows, headDim])
  }
  if (form === 'shared') own.pastSequenceLength = tensor(Int32Array.of(past), [1])
}

/** Returns the rows all of whose keys are masked. */
function drawMask(
  { random, sizes, attributes, inputs, features }: Draft,
  filter: number | undefined,
): ReadonlySet<number> {
  const causal = attributes.unidirectional !== undefined
  const kind = random.pick(['lengths', '3b+2', '2d', '3d'] as const)
  const { mask, isKept } = randomMask(random, kind, sizes)
  const masked = maskedRows(isKept, { ...sizes, causal })
  if (masked.size > 0 && !agreesOnMaskedRows(filter)) return new Set()
  inputs.keyPaddingMask = mask
  features.push(`mask ${kind}`)
  return isAdded(filter) ? new Set() : masked
}

function drawOutputs({ random, form, sizes, features }: Draft): readonly string[] {
  const outputs = ['output']
  const present = sizes.past > 0 || (form === 'Q,K,V' && sizes.headDim === sizes.headDimV)
  if (sizes.past > 0 || (present && random.chance(0.3))) {
    outputs.push('presentKey', 'presentValue')
    features.push('present')
  }
  if (random.chance(0.2)) {
    outputs.push('qk')
    features.push('qk')
  }
  return outputs
}
