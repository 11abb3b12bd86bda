import type { DeviceProperties } from '@attnkit/core'

/** The facts of a device alone: a device of a CUDA backend has streams and methods too. */
export function plainDevice(device: DeviceProperties): DeviceProperties {
  const { type, index, name, computeCapability, multiprocessors, memoryBytes } = device
  const { sharedMemoryPerBlock } = device
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
