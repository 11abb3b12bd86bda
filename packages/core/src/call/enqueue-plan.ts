import type { Device, Stream } from '../backend/device.js'
import type { BoundProblem, CudaPlan } from '../backend/plan.js'
import type { DeviceTensor } from '../tensor/tensor.js'

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
  if (plan.workspaceBytes === 0) {
    plan.enqueue(bound, null, stream)
    stream.use(...used)
    return
  }
  const workspace = device.zeros([plan.workspaceBytes], 'uint8', { stream })
  try {
    plan.enqueue(bound, workspace, stream)
    stream.use(...used, workspace)
  } finally {
    workspace.dispose()
  }
}
