import type { Device, DeviceProperties } from './device.js'

/** Whether a device can hold tensors, and is not a description only. */
export function isDevice(device: DeviceProperties): device is Device {
  return typeof (device as Partial<Device>).upload === 'function'
}
