import type { BuildInfo } from './backend/availability.js'
import type { Backend } from './backend/backend.js'
import type { DeviceProperties, Stream } from './backend/device.js'
import type { Reason } from './backend/reason.js'
import type { Decision } from './dispatch/decision.js'
import type { Policy } from './dispatch/policy.js'
import type { Attributes, Inputs, Specs } from './operators/operator.js'
import type { AttentionProblem } from './problem/attention-problem.js'
import type { AttentionTensors } from './problem/attention-tensors.js'
import type { Tensor } from './tensor/tensor.js'

export interface AttentionOptions {
  /** In the order of preference where nothing is known of their speed. The reference is added last. */
  readonly backends?: readonly Backend[]
  /** Default `fastest`. */
  readonly policy?: Policy
  /** Which device of a CUDA backend takes host tensors. Default 0. */
  readonly device?: number
  /** Threads of a host backend. Default: the cores this process may use. */
  readonly threads?: number
  /** Where variables are read from. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** A backend as it was found on this machine. */
export type BackendStatus =
  | {
      readonly name: string
      readonly status: 'ready'
      readonly devices: readonly DeviceProperties[]
      readonly build: BuildInfo
    }
  | {
      readonly name: string
      readonly status: 'unavailable' | 'not-installed'
      readonly reason: Reason
    }

export interface CallOptions {
  /** For device tensors. Default: the device's default stream. */
  readonly stream?: Stream
  /**
   * Preallocated outputs by name, or `true` to ask for an optional output (`presentKey`,
   * `presentValue`, `qk`). `presentKey` may be the very tensor that `pastKey` is.
   */
  readonly outputs?: Readonly<Record<string, Tensor | boolean | undefined>>
  readonly policy?: Policy
  /** Checks index tensors that are on a device by copying them back. Default false. */
  readonly validateDevice?: boolean
}

/** Outputs by name, and which kernel wrote them. */
export interface OperatorResult {
  readonly output: Tensor
  readonly decision: Decision
  readonly [name: string]: Tensor | Decision | undefined
}

/** A call whose validation, dispatch and planning are done. */
export interface PlannedCall {
  readonly decision: Decision
  readonly problem: AttentionProblem
  /**
   * Runs it on tensors of the planned shapes. With device tensors it only enqueues and returns the
   * result; with host tensors it returns a promise.
   */
  run(inputs: Inputs, options?: CallOptions): OperatorResult | Promise<OperatorResult>
}

/** Attention over the backends that were found. Made by {@link createAttention}. */
export interface Attention extends Disposable {
  readonly backends: readonly BackendStatus[]
  multiHeadAttention(
    inputs: Inputs,
    attributes: Attributes,
    options?: CallOptions,
  ): Promise<OperatorResult>
  /** Any operator by name, e.g. `MultiHeadAttention`. */
  call(
    operator: string,
    inputs: Inputs,
    attributes: Attributes,
    options?: CallOptions,
  ): Promise<OperatorResult>
  /** A problem as backends see it: grouped queries, varlen, windows. Writes the outputs given. */
  compute(
    problem: AttentionProblem,
    tensors: AttentionTensors,
    options?: Pick<CallOptions, 'stream' | 'policy' | 'validateDevice'>,
  ): Promise<{ readonly decision: Decision }>
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: CallOptions & {
      readonly location?: 'host' | 'cuda'
      readonly scalars?: Readonly<Record<string, number>>
    },
  ): PlannedCall
  /** Plans a problem; `tensors` are checked against it at each run. */
  prepareProblem(
    problem: AttentionProblem,
    options?: Pick<CallOptions, 'policy'> & { readonly location?: 'host' | 'cuda' },
  ): {
    readonly decision: Decision
    run(tensors: AttentionTensors, options?: Pick<CallOptions, 'stream'>): void | Promise<void>
  }
  /**
   * The decision for a problem without running it; on `device` when given, which need not exist on this
   * machine. Never throws for want of a backend: `backend` is empty then.
   */
  explain(
    problem: AttentionProblem,
    options?: {
      readonly policy?: Policy
      readonly location?: 'host' | 'cuda'
      readonly device?: DeviceProperties
    },
  ): Decision
}
