import { type HostTensor, removePadding, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'

/** How Q, K and V of a packed operator come. */
export const PACKED_FORMS = ['Q,K,V', 'QKV', 'projected'] as const
export type PackedForm = (typeof PACKED_FORMS)[number]

type Floats = HostTensor<'float32'>

/** Sequences without padding for a packed operator, and each of them for MultiHeadAttention. */
export interface RandomPacked {
  readonly form: PackedForm
  readonly inputs: Readonly<Record<string, HostTensor>>
  readonly attributes: { readonly numHeads: number; readonly scale?: number }
  /** `qkvHiddenSizes` of the projection. */
  readonly hiddenSizes: readonly [number, number, number]
  /** The inputs of MultiHeadAttention for each sequence that has tokens, in order. */
  readonly sequences: readonly Readonly<Record<string, Floats>>[]
  readonly description: string
}

interface Sizes {
  readonly lengths: readonly number[]
  readonly seqlen: number
  readonly numHeads: number
  readonly headDim: number
  readonly headDimV: number
  readonly inputWidth: number
}

/** A random problem of the form: lengths from 0 to S, with or without biases. */
export function randomPacked(random: Random, form: PackedForm): RandomPacked {
  const sizes = drawSizes(random, form)
  const { lengths, seqlen, numHeads, headDim, headDimV } = sizes
  const [width, widthV] = [numHeads * headDim, numHeads * headDimV]
  const { tokenOffset, cumulativeSequenceLength, packed } = removePadding(
    floats(random, lengths.length, seqlen, form === 'projected' ? sizes.inputWidth : 1),
    lengths,
  )
  const heads = drawHeads(random, form, sizes, packed)
  const bias =
    form === 'projected' || random.chance(0.5) ? floats(random, 2 * width + widthV) : null
  const attentionBias = random.chance(0.5) ? drawAttentionBias(random, sizes) : null
  const scale = random.chance(0.3) ? { scale: 0.01 + random.uniform() } : {}
  return {
    form,
    inputs: {
      ...heads.inputs,
      ...(bias && { bias }),
      ...(attentionBias && { attentionBias }),
      tokenOffset,
      cumulativeSequenceLength,
    },
    attributes: { numHeads, ...scale },
    hiddenSizes: [width, width, widthV],
    sequences: sequencesOf(heads.parts, sizes, bias, attentionBias),
    description: JSON.stringify({
      form,
      ...sizes,
      bias: bias !== null,
      attentionBias: attentionBias?.shape,
    }),
  }
}

function drawSizes(random: Random, form: PackedForm): Sizes {
  const seqlen = random.logInteger(1, 70)
  const length = () =>
    random.pick([0, seqlen, random.integer(0, seqlen), random.integer(0, seqlen)])
  const headDim = random.logInteger(1, 40)
  return {
    lengths: Array.from({ length: random.integer(1, 5) }, length),
    seqlen,
    numHeads: random.integer(1, 5),
    headDim,
    headDimV: form === 'QKV' || random.chance(0.5) ? headDim : random.logInteger(1, 40),
    inputWidth: random.logInteger(1, 30),
  }
}

function floats(random: Random, ...shape: number[]): Floats {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  )
}

/** Q, K and V as (K, N·H) each, and as the operator gets them. */
function drawHeads(random: Random, form: PackedForm, sizes: Sizes, input: Floats) {
  const { numHeads, headDim, headDimV } = sizes
  const tokens = input.shape[0]!
  const [width, widthV] = [numHeads * headDim, numHeads * headDimV]
  if (form === 'projected') {
    const weights = floats(random, sizes.inputWidth, 2 * width + widthV)
    const columns = [0, width, 2 * width, 2 * width + widthV]
    const parts = [0, 1, 2].map((part) =>
      product(input, weights, columns[part]!, columns[part + 1]!),
    )
    return { inputs: { input, weights }, parts }
  }
  const parts = [width, width, widthV].map((columns) => floats(random, tokens, columns))
  const [query, key, value] = parts as [Floats, Floats, Floats]
  if (form === 'Q,K,V') return { inputs: { query, key, value }, parts }
  const packed = floats(random, tokens, numHeads, 3, headDim)
  packed.data.forEach((_, i) => {
    const [h, rest] = [i % headDim, Math.floor(i / headDim)]
    const [part, row] = [rest % 3, Math.floor(rest / 3)]
    packed.data[i] = parts[part]!.data[row * headDim + h]!
  })
  return { inputs: { query: packed }, parts }
}

/** Columns of a matrix product, in float64 and rounded once. */
function product(input: Floats, weights: Floats, from: number, end: number): Floats {
  const [tokens, inputWidth] = input.shape as [number, number]
  const [width, columns] = [weights.shape[1]!, end - from]
  const result = new Float32Array(tokens * columns)
  for (let t = 0; t < tokens; t++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0
      for (let i = 0; i < inputWidth; i++) {
        sum += input.data[t * inputWidth + i]! * weights.data[i * width + from + c]!
      }
      result[t * columns + c] = sum
    }
  }
  return tensor(result, [tokens, columns])
}

function drawAttentionBias(random: Random, { lengths, numHeads, seqlen }: Sizes): Floats {
  const [batch, heads] = [random.pick([1, lengths.length]), random.pick([1, numHeads])]
  return floats(random, batch, heads, seqlen, seqlen)
}

function sequencesOf(
  parts: readonly Floats[],
  { lengths }: Sizes,
  bias: Floats | null,
  attentionBias: Floats | null,
): Readonly<Record<string, Floats>>[] {
  let begin = 0
  return lengths.flatMap((length, b) => {
    const [query, key, value] = parts.map(({ data, shape }) => {
      const width = shape[1]!
      return tensor(data.slice(begin * width, (begin + length) * width), [1, length, width])
    }) as [Floats, Floats, Floats]
    begin += length
    if (length === 0) return []
    const own = attentionBias && corner(attentionBias, b, length)
    return [{ query, key, value, ...(bias && { bias }), ...(own && { attentionBias: own }) }]
  })
}

/** The first rows and columns of the bias of one sequence. */
function corner({ data, shape }: Floats, batch: number, length: number): Floats {
  const [batches, heads, seqlen] = shape as [number, number, number, number]
  const first = (batches === 1 ? 0 : batch) * heads * seqlen * seqlen
  const result = new Float32Array(heads * length * length)
  for (let row = 0; row < heads * length; row++) {
    const [head, i] = [Math.floor(row / length), row % length]
    const at = first + (head * seqlen + i) * seqlen
    result.set(data.subarray(at, at + length), row * length)
  }
  return tensor(result, [1, heads, length, length])
}
