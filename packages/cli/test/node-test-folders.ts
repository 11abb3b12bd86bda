import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Attributes,
  createAttention,
  type FloatDtype,
  fromFloat64,
  type HostTensor,
  tensor,
} from '@attnkit/core'
import { type ModelCall, writeModel, writeTensor } from '@attnkit/onnx'

/** A folder that is gone after the test: `using folder = temporaryFolder()`. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'attnkit-onnx-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const SHAPE = [2, 3, 8]

/** Waves of numbers between -1 and 1. */
export function waves(
  dtype: FloatDtype,
  phase: number,
  shape: readonly number[] = SHAPE,
): HostTensor {
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Float64Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + phase))
  return tensor(fromFloat64(values, dtype) as Float32Array, shape, dtype as 'float32')
}

export type Tensors = Readonly<Record<string, HostTensor>>

/** A call of an operator without its results. */
export interface SampleCall {
  readonly operator: string
  readonly opset?: number
  readonly inputs: Tensors
  readonly attributes: Attributes
  /** The outputs wanted. */
  readonly outputs: readonly string[]
}

const integers = (...values: number[]) => tensor(Int32Array.from(values), [values.length])
const float32 = (phase: number, ...shape: number[]) => waves('float32', phase, shape)

/** A call of every operator, with what is particular to it. */
export const SAMPLES: readonly SampleCall[] = [
  {
    operator: 'Attention',
    inputs: {
      input: float32(0, 2, 3, 5),
      weights: float32(1, 5, 20),
      bias: float32(2, 20),
      maskIndex: integers(2, 3),
    },
    attributes: { numHeads: 2, unidirectional: 1, qkvHiddenSizes: [8, 8, 4] },
    outputs: ['output'],
  },
  {
    operator: 'ai.onnx::Attention',
    opset: 25,
    inputs: {
      q: float32(0, 2, 4, 3, 8),
      k: float32(1, 2, 2, 3, 8),
      v: float32(2, 2, 2, 3, 6),
      attnMask: tensor(Uint8Array.of(1, 0, 1, 1, 1, 1, 0, 1, 1), [3, 3], 'bool'),
      nonpadKvSeqlen: tensor(BigInt64Array.of(3n, 2n), [2]),
    },
    attributes: { leftWindowSize: 1, softcap: 2.5, qkMatmulOutputMode: 2 },
    outputs: ['output', 'qkMatmulOutput'],
  },
  {
    operator: 'GroupQueryAttention',
    inputs: {
      query: float32(0, 2, 1, 32),
      key: float32(1, 2, 1, 16),
      value: float32(2, 2, 1, 16),
      pastKey: float32(3, 2, 2, 4, 8),
      pastValue: float32(4, 2, 2, 4, 8),
      seqlensK: integers(4, 2),
      totalSequenceLength: integers(5),
    },
    attributes: { numHeads: 4, kvNumHeads: 2, kQuantType: 'NONE' },
    outputs: ['output', 'presentKey', 'presentValue'],
  },
  {
    operator: 'PackedMultiHeadAttention',
    inputs: {
      query: float32(0, 3, 8),
      key: float32(1, 3, 8),
      value: float32(2, 3, 8),
      tokenOffset: tensor(Int32Array.of(0, 2, 3, 1), [2, 2]),
      cumulativeSequenceLength: integers(0, 1, 3),
    },
    attributes: { numHeads: 2 },
    outputs: ['output'],
  },
]

function multiHeadAttention(dtype: FloatDtype): SampleCall {
  return {
    operator: 'MultiHeadAttention',
    inputs: { query: waves(dtype, 0), key: waves(dtype, 1), value: waves(dtype, 2) },
    attributes: { numHeads: 2, unidirectional: true, scale: 0.5 },
    outputs: ['output', 'presentKey', 'presentValue'],
  }
}

/** A call as a model of one node, its inputs, and what the reference makes of it. */
export async function computed(sample: SampleCall = multiHeadAttention('float32')): Promise<{
  readonly call: ModelCall
  readonly inputs: Tensors
  readonly outputs: Tensors
}> {
  const { operator, opset, inputs, attributes } = sample
  const requested = Object.fromEntries(sample.outputs.map((name) => [name, true]))
  using attention = await createAttention()
  const result = await attention.call(operator, inputs, attributes, { outputs: requested })
  const results = sample.outputs.map((name) => [name, result[name] as HostTensor] as const)
  const outputs = Object.fromEntries(results)
  const call = { operator, inputs, attributes, outputs, ...(opset !== undefined && { opset }) }
  return { call, inputs, outputs }
}

/** Writes `input_*.pb` and `output_*.pb`. */
export function writeDataSet(folder: string, inputs: Tensors, outputs: Tensors): void {
  mkdirSync(folder, { recursive: true })
  for (const [kind, tensors] of Object.entries({ input: inputs, output: outputs })) {
    Object.entries(tensors).forEach(([name, value], at) => {
      writeFileSync(join(folder, `${kind}_${at}.pb`), writeTensor(value, name))
    })
  }
}

/** Writes a node test as ONNX lays it out: a model, and one data set. */
export async function writeNodeTest(
  folder: string,
  sample: FloatDtype | SampleCall = 'float32',
): Promise<void> {
  const { call, inputs, outputs } = await computed(
    typeof sample === 'string' ? multiHeadAttention(sample) : sample,
  )
  writeDataSet(join(folder, 'test_data_set_0'), inputs, outputs)
  writeFileSync(join(folder, 'model.onnx'), writeModel(call))
}
