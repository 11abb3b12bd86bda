import { type CallInputs, type HostTensor, type PlannedCall, tensor } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { poisonedArray } from '../accuracy/poison.js'
import { type BenchShape, elementsOfQuery, outputShape } from '../suites/bench-shape.js'

/** Runs a planned call once, into an output that is full of NaN before, and downloads that. */
export async function poisonedRun(
  planned: Pick<PlannedCall, 'run'>,
  device: CudaDevice,
  shape: BenchShape,
  inputs: CallInputs,
): Promise<HostTensor> {
  const poisoned = poisonedArray(elementsOfQuery(shape), shape.dtype)
  using output = device.upload(tensor(poisoned, outputShape(shape), shape.dtype))
  planned.run(inputs, { outputs: { output } })
  return await device.download(output)
}
