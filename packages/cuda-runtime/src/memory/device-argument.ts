import { type DeviceTensor, describeValue, disposed, invalidArgument } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { Allocation } from './allocation.js'
import { allocationKey, type CudaTensor } from './cuda-tensor.js'

/** The memory of a tensor. Throws `invalid-argument` for one of another kind, `disposed` after that. */
export function allocationOf(operator: string, path: string, tensor: DeviceTensor): Allocation {
  const allocation = (tensor as Partial<CudaTensor> | undefined)?.[allocationKey]
  if (allocation === undefined) {
    const found = describeValue(tensor)
    throw invalidArgument(operator, [{ path, found, required: 'a tensor on a CUDA device' }])
  }
  if (allocation.disposed) throw disposed(operator, path)
  return allocation
}

/** The same for a tensor that has to be on `device`. */
export function allocationOn(
  device: CudaDevice,
  operator: string,
  path: string,
  tensor: DeviceTensor,
): Allocation {
  const allocation = allocationOf(operator, path, tensor)
  if (allocation.stream.device === device || tensor.device.index === device.index) return allocation
  throw invalidArgument(operator, [
    { path, found: `cuda:${tensor.device.index}`, required: `cuda:${device.index}` },
  ])
}
