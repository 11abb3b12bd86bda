import { type Attributes, type HostTensor, tensor, toFloat16 } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'

interface IndexInput {
  readonly length: number
  readonly least: number
  readonly most: number
}

/** A call on float16 tensors of a device that is captured in a graph. */
export interface GraphCall {
  readonly name: string
  readonly operator: string
  readonly attributes: Attributes
  readonly scalars: Readonly<Record<string, number>>
  readonly floats: Readonly<Record<string, readonly number[]>>
  /** int32 inputs: lengths, which may change from one replay to the next. */
  readonly indices: Readonly<Record<string, IndexInput>>
  readonly output: readonly number[]
  /** Outputs that are written into an input. */
  readonly shared: Readonly<Record<string, string>>
}

const PLAIN = { scalars: {}, indices: {}, shared: {} } as const

/** Self-attention, lengths that change, keys shared by heads, and a step that appends to its cache. */
export const GRAPH_CALLS: readonly GraphCall[] = [
  {
    ...PLAIN,
    name: 'packed self-attention',
    operator: 'MultiHeadAttention',
    attributes: { numHeads: 4, unidirectional: true },
    floats: { query: [2, 300, 4, 3, 64] },
    output: [2, 300, 256],
  },
  {
    ...PLAIN,
    name: 'lengths of keys',
    operator: 'MultiHeadAttention',
    attributes: { numHeads: 3 },
    floats: { query: [4, 200, 384], key: [4, 257, 384], value: [4, 257, 384] },
    indices: { keyPaddingMask: { length: 4, least: 1, most: 257 } },
    output: [4, 200, 384],
  },
  {
    ...PLAIN,
    name: 'one query against many keys',
    operator: 'ai.onnx::Attention',
    attributes: {},
    floats: { q: [2, 8, 1, 128], k: [2, 2, 2000, 128], v: [2, 2, 2000, 128] },
    output: [2, 8, 1, 128],
  },
  {
    name: 'a step with its cache',
    operator: 'GroupQueryAttention',
    attributes: { numHeads: 8, kvNumHeads: 2 },
    scalars: { totalSequenceLength: 1000 },
    floats: {
      query: [2, 1, 1024],
      key: [2, 1, 256],
      value: [2, 1, 256],
      pastKey: [2, 2, 1000, 128],
      pastValue: [2, 2, 1000, 128],
    },
    indices: { seqlensK: { length: 2, least: 1, most: 999 } },
    output: [2, 1, 1024],
    shared: { presentKey: 'pastKey', presentValue: 'pastValue' },
  },
]

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Contents of the inputs; the same ones for the same seed. */
export function graphInputs(call: GraphCall, seed: number): Record<string, HostTensor> {
  const random = new Random(seed)
  const inputs: Record<string, HostTensor> = {}
  for (const [name, shape] of Object.entries(call.floats)) {
    const values = Float32Array.from({ length: elements(shape) }, () => random.normal())
    inputs[name] = tensor(toFloat16(values), shape, 'float16')
  }
  for (const [name, { length, least, most }] of Object.entries(call.indices)) {
    const values = Int32Array.from({ length }, () => random.integer(least, most))
    inputs[name] = tensor(values, [length])
  }
  return inputs
}

/** An output that nobody wrote: NaN everywhere. */
export function unwrittenOutput({ output }: GraphCall): HostTensor<'float16'> {
  return tensor(new Uint16Array(elements(output)).fill(0xfedc), output, 'float16')
}
