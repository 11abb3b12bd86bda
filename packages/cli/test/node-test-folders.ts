import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
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
const COUNT = 2 * 3 * 8

/** Waves of numbers between -1 and 1. */
export function waves(
  dtype: FloatDtype,
  phase: number,
  shape: readonly number[] = SHAPE,
): HostTensor {
  const values = Float64Array.from({ length: COUNT }, (_, i) => Math.sin(i * 1.7 + phase))
  return tensor(fromFloat64(values, dtype) as Float32Array, shape, dtype as 'float32')
}

export type Tensors = Readonly<Record<string, HostTensor>>

/** A call of MultiHeadAttention, and what the reference makes of it. */
export async function sampleCall(dtype: FloatDtype = 'float32'): Promise<{
  call: ModelCall
  inputs: Tensors
  outputs: Tensors
}> {
  const inputs = { query: waves(dtype, 0), key: waves(dtype, 1), value: waves(dtype, 2) }
  const attributes = { numHeads: 2, unidirectional: true, scale: 0.5 }
  using attention = await createAttention()
  const wanted = { presentKey: true, presentValue: true }
  const result = await attention.call('MultiHeadAttention', inputs, attributes, { outputs: wanted })
  const { output, presentKey, presentValue } = result as unknown as Tensors
  const outputs = { output: output!, presentKey: presentKey!, presentValue: presentValue! }
  return { call: { operator: 'MultiHeadAttention', inputs, attributes, outputs }, inputs, outputs }
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
export async function writeNodeTest(folder: string, dtype: FloatDtype = 'float32'): Promise<void> {
  const { call, inputs, outputs } = await sampleCall(dtype)
  writeDataSet(join(folder, 'test_data_set_0'), inputs, outputs)
  writeFileSync(join(folder, 'model.onnx'), writeModel(call))
}
