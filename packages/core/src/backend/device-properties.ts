import type { DeviceProperties } from './device.js'

/** What is known of a device as plain data, without the device itself. */
export function deviceProperties(device: DeviceProperties): DeviceProperties {
  const { type, index, name, computeCapability, multiprocessors } = device
  const { memoryBytes, sharedMemoryPerBlock } = device
  return {
    type,
    index,
    name,
    ...(computeCapability && { computeCapability }),
    ...(multiprocessors !== undefined && { multiprocessors }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(sharedMemoryPerBlock !== undefined && { sharedMemoryPerBlock }),
  }
}
