import type { Device } from '../backend/device.js'
import { bufferNotStable } from '../errors/buffer-not-stable.js'
import { describeValue } from '../errors/describe-value.js'
import { disposed } from '../errors/disposed.js'
import type { FaultList } from '../errors/fault-list.js'
import { bufferState } from '../tensor/buffer-state.js'
import { DTYPES, isDtype } from '../tensor/dtype.js'
import { hostDataFault } from '../tensor/host-tensor.js'
import { elementCount, isShape } from '../tensor/shape.js'
import { type DeviceTensor, isTensor, type Tensor } from '../tensor/tensor.js'

/**
 * Checks that `value` is a tensor through and through: anyone can write one, and native code trusts
 * what it is given. Notes faults, and throws `buffer-not-stable` and `disposed`.
 */
export function checkTensor(
  operator: string,
  path: string,
  value: unknown,
  list: FaultList,
): value is Tensor {
  if (!isTensor(value)) {
    list.add(path, describeValue(value), 'a tensor, as made by tensor() or on a device')
    return false
  }
  const { dtype, shape } = value
  const known = list.require(isDtype(dtype), `${path}.dtype`, dtype, DTYPES.join(', '))
  const sized = list.require(isShape(shape), `${path}.shape`, shape, 'a list of sizes')
  return known && sized && checkMemory(operator, path, value, list)
}

function checkMemory(operator: string, path: string, tensor: Tensor, list: FaultList): boolean {
  if (tensor.location === 'cuda') return checkDeviceMemory(operator, path, tensor, list)
  const { location, data, dtype, shape } = tensor
  if (!list.require(location === 'host', `${path}.location`, location, 'host or cuda')) return false
  const state = ArrayBuffer.isView(data) ? bufferState(data, elementCount(shape)) : null
  if (state !== null) throw bufferNotStable(operator, path, state)
  const fault = hostDataFault(data, dtype, shape)
  if (fault !== null) list.add(`${path}.data`, fault.found, fault.required)
  return fault === null
}

function checkDeviceMemory(
  operator: string,
  path: string,
  tensor: DeviceTensor,
  list: FaultList,
): boolean {
  if (tensor.disposed) throw disposed(operator, path)
  const device: unknown = tensor.device
  const isOnDevice = Number.isInteger((device as Partial<Device> | null | undefined)?.index)
  const required = 'the device that the tensor is on'
  if (!list.require(isOnDevice, `${path}.device`, device, required)) return false
  const { pointer } = tensor
  return list.require(typeof pointer === 'bigint', `${path}.pointer`, pointer, 'a device address')
}
