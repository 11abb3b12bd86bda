import { type DeviceTensor, dtypeBytes } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { type BenchShape, inputSpecs, outputShape } from '../suites/bench-shape.js'
import { rotatingSets } from '../timer/rotating-sets.js'
import type { InputTensors, OnnxTensors } from './bound-tensors.js'

export type CudaInputs = InputTensors<DeviceTensor> | OnnxTensors<DeviceTensor>

/** Inputs and output of one run. */
export interface CudaSet {
  readonly inputs: CudaInputs
  readonly output: DeviceTensor
}

/** Sets of normally distributed inputs that together are larger than any cache. */
export interface CudaSets {
  readonly sets: readonly CudaSet[]
  dispose(): void
}

/** Makes the rotating sets of a row on the device; all of them differ. */
export async function cudaSets(
  device: CudaDevice,
  shape: BenchShape,
  seed: number,
): Promise<CudaSets> {
  const specs = Object.entries(inputSpecs(shape))
  const tensors: DeviceTensor[] = []
  const make = (dims: readonly number[]): DeviceTensor => {
    const made = device.empty(dims, shape.dtype)
    tensors.push(made)
    return made
  }
  const sets = Array.from({ length: rotatingSets(setBytes(shape)) }, (_, index) => {
    const inputs = specs.map(([name, spec], part) => {
      const input = make(spec.shape)
      device.fillNormal(input, seed + 3 * index + part, { mean: 0, std: 1 })
      return [name, input]
    })
    const output = make(outputShape(shape))
    return { inputs: Object.fromEntries(inputs) as CudaInputs, output }
  })
  await device.synchronize()
  return {
    sets,
    dispose: () => {
      for (const tensor of tensors) tensor.dispose()
    },
  }
}

/** Bytes of a run's inputs and output. */
function setBytes(shape: BenchShape): number {
  const shapes = [...Object.values(inputSpecs(shape)).map((spec) => spec.shape), outputShape(shape)]
  const elements = shapes.map((dims) => dims.reduce((product, size) => product * size, 1))
  return elements.reduce((sum, count) => sum + count, 0) * dtypeBytes(shape.dtype)
}
