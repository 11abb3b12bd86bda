import type { Device, Stream } from '../backend/device.js'
import type { CudaPlan } from '../backend/plan.js'
import type { DeviceTensor } from '../tensor/tensor.js'

/** The workspace of one call, from the device's pool in the order of `stream`; null where none is needed. */
export function makeWorkspace(
  plan: CudaPlan,
  device: Device,
  stream: Stream,
): DeviceTensor<'uint8'> | null {
  const { workspaceBytes, workspaceContents = 'zeros' } = plan
  if (workspaceBytes === 0) return null
  const make = workspaceContents === 'any' ? 'empty' : 'zeros'
  return device[make]([workspaceBytes], 'uint8', { stream })
}
