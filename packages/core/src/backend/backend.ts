import type { AttentionProblem } from '../problem/attention-problem.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { HostTensor, Tensor } from '../tensor/tensor.js'
import type { Availability } from './availability.js'
import type { Capabilities } from './capabilities.js'
import type { DeviceProperties } from './device.js'
import type { CudaPlan, HostPlan } from './plan.js'
import type { Note, Reason } from './reason.js'

/** Recognises backends of every copy of this package. */
export const backendBrand: unique symbol = Symbol.for('attnkit.backend') as never

/** The number of the contract that this version of core speaks. */
export const BACKEND_CONTRACT = 1

/** Whether a backend can run a problem on a device. No reasons means yes. */
export interface Support {
  /** All the reasons why not, never only the first. */
  readonly reasons: readonly Reason[]
  readonly notes: readonly Note[]
}

/** How long a call is expected to take, for the policy `fastest`. */
export interface Estimate {
  readonly microseconds: number
  /** Whether this shape was measured on this device, or follows from a model. */
  readonly source: 'measured' | 'modelled'
}

interface BackendBase {
  readonly [backendBrand]: true
  /** {@link BACKEND_CONTRACT} of the core it was written for. */
  readonly contract: number
  /** e.g. `cuda-flash`. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Memoised. Never throws or rejects. */
  availability(): Promise<Availability>
  /** Pure and synchronous, without native calls: answers for devices that are not here as well. */
  supports(problem: AttentionProblem, device: DeviceProperties): Support
  /** Optional; without it the order of the backends given decides. Pure and synchronous. */
  estimate?(problem: AttentionProblem, device: DeviceProperties): Estimate
}

/** A matrix product that comes before attention: (tokens, inputWidth) × (inputWidth, width). */
export interface Projection {
  readonly dtype: FloatDtype
  readonly tokens: number
  readonly inputWidth: number
  readonly width: number
}

/** The factors of a {@link Projection}, row by row and contiguous, in whatever shape. */
export interface ProjectionTensors<T extends Tensor> {
  readonly input: T
  readonly weights: T
}

export interface HostBackend extends BackendBase {
  readonly deviceType: 'host'
  /**
   * Optional; without it the backend is not asked for operators that project. Resolves to (tokens, width),
   * rounded to the dtype once. Reads its inputs before it returns, or holds memory of its own.
   */
  project?(
    projection: Projection,
    tensors: ProjectionTensors<HostTensor>,
    threads: number,
  ): Promise<HostTensor>
  /** Optional: takes back what {@link project} resolved to, when nothing reads it any more. */
  recycle?(product: HostTensor): void
  /**
   * Optional: whether calls read this tensor where it is, for as long as they run. Others are copied before
   * {@link project} is waited for.
   */
  readsInPlace?(tensor: HostTensor): boolean
  plan(problem: AttentionProblem, device: DeviceProperties): HostPlan
}

export interface CudaBackend extends BackendBase {
  readonly deviceType: 'cuda'
  plan(problem: AttentionProblem, device: DeviceProperties): CudaPlan
}

/** A family of kernels that core can dispatch to. Made by {@link defineBackend}. */
export type Backend = HostBackend | CudaBackend
