import type { Device, Stream } from '../backend/device.js'
import type { BoundProblem, CudaPlan } from '../backend/plan.js'
import type { DeviceTensor } from '../tensor/tensor.js'
import { makeWorkspace } from './make-workspace.js'

/**
 * Enqueues a plan on `stream` and returns. `used` are the tensors that it reads and writes: their memory
 * outlives the work. The workspace comes from the device's pool, and goes back in stream order.
 */
export function enqueuePlan(
  plan: CudaPlan,
  bound: BoundProblem<DeviceTensor>,
  used: readonly DeviceTensor[],
  device: Device,
  stream: Stream,
): void {
  const workspace = makeWorkspace(plan, device, stream)
  try {
    plan.enqueue(bound, workspace, stream)
    stream.use(...used, ...(workspace === null ? [] : [workspace]))
  } finally {
    workspace?.dispose()
  }
}
