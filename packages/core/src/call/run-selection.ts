import type { Device, Stream } from '../backend/device.js'
import type { BoundProblem } from '../backend/plan.js'
import type { Selection } from '../dispatch/dispatcher.js'
import { AttentionError } from '../errors/attention-error.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors } from '../problem/attention-tensors.js'
import type { DeviceTensor, HostTensor } from '../tensor/tensor.js'
import { enqueuePlan } from './enqueue-plan.js'
import { hasWork } from './has-work.js'
import { runStaged } from './run-staged.js'

/** Runs a problem on host tensors, wherever its backend computes. Resolves when the outputs are there. */
export async function runOnHost(
  selection: Selection,
  problem: AttentionProblem,
  tensors: AttentionTensors<HostTensor>,
  threads: number,
): Promise<void> {
  if (!hasWork(problem)) return
  if (selection.deviceType === 'host')
    return selection.plan.execute({ ...tensors, problem }, threads)
  // Dispatch gives host tensors to a CUDA backend only on a device that can copy them.
  return runStaged(selection.plan, problem, tensors, selection.device as Device)
}

/** Enqueues a problem on tensors of a device. */
export function runOnDevice(
  selection: Selection,
  bound: BoundProblem<DeviceTensor>,
  used: readonly DeviceTensor[],
  device: Device,
  stream: Stream,
): void {
  if (selection.deviceType !== 'cuda') {
    const message = `${bound.problem.operator}: a host backend was chosen for device tensors`
    throw new AttentionError('internal', message, { operator: bound.problem.operator })
  }
  if (hasWork(bound.problem)) enqueuePlan(selection.plan, bound, used, device, stream)
}
