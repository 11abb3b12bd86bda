import { type Dtype, type Fault, invalidArgument } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { check } from '../native/native-status.js'
import { Allocation } from './allocation.js'
import { contentsOf } from './contents.js'
import { CudaTensor } from './cuda-tensor.js'
import { remember } from './finaliser.js'
import { freeAllocation } from './free-allocation.js'

export interface ExternalOptions<D extends Dtype> {
  /** Kept alive until the tensor is disposed of and no work uses it. */
  readonly owner: unknown
  readonly dtype?: D
  readonly shape?: readonly number[]
}

/** `cudaMemoryType` values that a kernel of the device can address. */
const DEVICE_MEMORY = 2
const MANAGED_MEMORY = 3
const MEMORY_TYPES = ['unregistered host memory', 'host memory', 'device memory', 'managed memory']

function pointerFaults(device: CudaDevice, pointer: bigint, bytes: number): Fault[] {
  const { native, index } = device
  check('external', native.addon.describePointer(index, pointer))
  const [type, owner, size] = [native.number(0), native.number(1), native.number(3)]
  if (type !== DEVICE_MEMORY && type !== MANAGED_MEMORY) {
    const found = MEMORY_TYPES[type] ?? `memory of type ${type}`
    return [{ path: 'pointer', found, required: `device memory of cuda:${index}` }]
  }
  if (owner !== index) {
    return [{ path: 'pointer', found: `memory of cuda:${owner}`, required: `cuda:${index}` }]
  }
  const left = size - Number(pointer - native.bits(2))
  if (size > 0 && left < bytes) {
    return [
      { path: 'bytes', found: `${bytes}`, required: `at most ${left}, the allocation's rest` },
    ]
  }
  return []
}

/**
 * A tensor over memory of another library, which is checked to be this device's and large enough, kept
 * alive by its owner, and never freed. uint8 of `bytes` elements unless a dtype and shape are given.
 */
export function externalTensor<D extends Dtype>(
  device: CudaDevice,
  pointer: bigint,
  bytes: number,
  options: ExternalOptions<D>,
): CudaTensor<D> {
  if (typeof pointer !== 'bigint' || pointer <= 0n) {
    const found = typeof pointer === 'bigint' ? `${pointer}n` : typeof pointer
    throw invalidArgument('external', [{ path: 'pointer', found, required: 'a positive bigint' }])
  }
  const dtype = options.dtype ?? ('uint8' as D)
  const contents = contentsOf('external', options.shape ?? [bytes], dtype)
  if (contents.bytes > bytes) {
    const found = `${contents.bytes} bytes`
    throw invalidArgument('external', [{ path: 'shape', found, required: `at most ${bytes}` }])
  }
  const faults = pointerFaults(device, pointer, bytes)
  if (faults.length > 0) throw invalidArgument('external', faults)
  const allocation = new Allocation(pointer, contents, device.defaultStream, options)
  return remember(new CudaTensor(device, dtype, allocation), () => freeAllocation(allocation))
}
