import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors } from '../problem/attention-tensors.js'
import type { DeviceTensor, HostTensor } from '../tensor/tensor.js'
import type { Stream } from './device.js'

/**
 * The code chosen for a kind of problem. Immutable, holds no device memory, and serves many calls and
 * streams at once; the lengths, strides and scalars of a call come with its own problem.
 */
interface PlanBase {
  /** The kernel that runs, as shown in a decision, e.g. `fa2-sm80-d64-m128n64`. */
  readonly variant: string
  /**
   * Bytes of scratch memory a call needs. Depends on nothing but what is in {@link planKey}, lengths
   * by their bucket.
   */
  readonly workspaceBytes: number
}

/** A call's problem with its tensors. */
export interface BoundProblem<T extends HostTensor | DeviceTensor> extends AttentionTensors<T> {
  readonly problem: AttentionProblem
}

export interface HostPlan extends PlanBase {
  /**
   * Runs the problem on `threads` threads and resolves when the outputs are written. Reads the inputs
   * before it returns, or holds memory of its own.
   */
  execute(tensors: BoundProblem<HostTensor>, threads: number): Promise<void>
}

export interface CudaPlan extends PlanBase {
  /** What a call finds in its workspace. Without this `zeros`; `any` saves the clearing. */
  readonly workspaceContents?: 'zeros' | 'any'
  /**
   * Enqueues the problem on `stream`. Synchronous; allocates nothing but the stream's counters, and those
   * before any launch; never waits, or throws after a launch.
   * `workspace` has at least `workspaceBytes` bytes, zeroed on the stream unless its contents may be `any`;
   * null when that is 0.
   */
  enqueue(
    tensors: BoundProblem<DeviceTensor>,
    workspace: DeviceTensor<'uint8'> | null,
    stream: Stream,
  ): void
}

export type Plan = HostPlan | CudaPlan
