import { type DeviceTensor, dtypeBytes } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { type BenchShape, elementsOfQuery, inputSpecs, outputShape } from '../suites/bench-shape.js'
import { rotatingSets } from '../timer/rotating-sets.js'
import type { InputTensors } from './bound-tensors.js'

/** Inputs and output of one run. */
export interface CudaSet {
  readonly inputs: InputTensors<DeviceTensor>
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
  const setBytes = 4 * elementsOfQuery(shape) * dtypeBytes(shape.dtype)
  const tensors: DeviceTensor[] = []
  const make = (dims: readonly number[]): DeviceTensor => {
    const made = device.empty(dims, shape.dtype)
    tensors.push(made)
    return made
  }
  const sets = Array.from({ length: rotatingSets(setBytes) }, (_, index) => {
    const specs = Object.entries(inputSpecs(shape))
    const inputs = specs.map(([name, spec], part) => {
      const input = make(spec.shape)
      device.fillNormal(input, seed + 3 * index + part, { mean: 0, std: 1 })
      return [name, input]
    })
    const output = make(outputShape(shape))
    return { inputs: Object.fromEntries(inputs) as InputTensors<DeviceTensor>, output }
  })
  await device.synchronize()
  return {
    sets,
    dispose: () => {
      for (const tensor of tensors) tensor.dispose()
    },
  }
}
