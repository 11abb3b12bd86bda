import type { DeviceProperties } from '@attnkit/core'

const GIBIBYTE = 2 ** 30

/** A device in a few words, e.g. `NVIDIA H200 (sm_90, 132 multiprocessors, 139.8 GiB)`. */
export function deviceText(device: DeviceProperties): string {
  const { computeCapability, multiprocessors, memoryBytes } = device
  const facts = [
    computeCapability && `sm_${computeCapability.join('')}`,
    multiprocessors && `${multiprocessors} multiprocessors`,
    memoryBytes && `${(memoryBytes / GIBIBYTE).toFixed(1)} GiB`,
  ].filter((fact) => typeof fact === 'string')
  return facts.length === 0 ? device.name : `${device.name} (${facts.join(', ')})`
}
