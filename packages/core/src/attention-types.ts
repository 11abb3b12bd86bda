import type { AttentionMethod } from './attention-operator-types.js'
import type { BuildInfo } from './backend/availability.js'
import type { Backend } from './backend/backend.js'
import type { DeviceProperties, Stream } from './backend/device.js'
import type { Reason } from './backend/reason.js'
import type { Decision } from './dispatch/decision.js'
import type { Policy } from './dispatch/policy.js'
import type { GroupQueryAttentionMethod } from './group-query-attention-types.js'
import type { MultiHeadAttentionMethod } from './multi-head-attention-types.js'
import type { OnnxAttentionMethod } from './onnx-attention-types.js'
import type { Attributes, Specs } from './operators/operator.js'
import type {
  PackedAttentionMethod,
  PackedMultiHeadAttentionMethod,
} from './packed-attention-types.js'
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
  /**
   * Backends that are known by name and were not found: they are shown in {@link Attention.backends}
   * and in decisions, and may be named by a policy or a variable.
   */
  readonly absent?: readonly AbsentBackend[]
}

/** A backend that a list of known ones names and this machine does not have. */
export interface AbsentBackend {
  readonly name: string
  readonly status: 'unavailable' | 'not-installed'
  readonly reason: Reason
}

/** A backend as it was found on this machine. */
export type BackendStatus =
  | {
      readonly name: string
      readonly status: 'ready'
      readonly devices: readonly DeviceProperties[]
      readonly build: BuildInfo
    }
  | AbsentBackend

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

/** The inputs of an operator call by name; a scalar input may be a plain number. */
export type CallInputs = Readonly<Record<string, Tensor | number | undefined>>

/** Options of {@link PlannedCall.run}. */
export type RunOptions = Pick<CallOptions, 'stream' | 'outputs'>

/** A call whose validation, dispatch and planning are done. */
export interface PlannedCall<R = OperatorResult | Promise<OperatorResult>> {
  readonly decision: Decision
  readonly problem: AttentionProblem
  /**
   * Runs it on tensors of the planned shapes. With device tensors it only enqueues and returns the
   * result; with host tensors it returns a promise. Optional outputs are those asked for when it was
   * prepared. A scalar that differs from the planned one plans anew.
   */
  run(inputs: CallInputs, options?: RunOptions): R
}

/** Options of {@link Attention.prepare}. */
export interface PrepareOptions extends Pick<CallOptions, 'policy'> {
  /** Where the tensors will be. Default: where those given as specs are, else the host. */
  readonly location?: 'host' | 'cuda'
  /** Scalar inputs by name, e.g. `pastSequenceLength`. */
  readonly scalars?: Readonly<Record<string, number | undefined>>
  /** The optional outputs wanted: `true`, or the tensor that will be written. */
  readonly outputs?: CallOptions['outputs']
}

/** A problem that is planned. Made by {@link Attention.prepareProblem}. */
export interface PlannedProblem<R = void | Promise<void>> {
  readonly decision: Decision
  /** Checks the tensors against the problem, and enqueues or runs it. */
  run(tensors: AttentionTensors, options?: Pick<CallOptions, 'stream'>): R
}

/** Options of {@link Attention.explain}. */
export interface ExplainOptions extends Pick<CallOptions, 'policy'> {
  /** Where the tensors would be. Default: the type of `device`, else the host. */
  readonly location?: 'host' | 'cuda'
  /** A device to decide for, which need not be on this machine. */
  readonly device?: DeviceProperties
}

/** Options of {@link Attention.explainCall}. */
export type ExplainCallOptions = ExplainOptions & Pick<PrepareOptions, 'scalars' | 'outputs'>

/** What a call comes to, without running it. */
export interface ExplainedCall {
  /** As backends would see it. */
  readonly problem: AttentionProblem
  readonly decision: Decision
}

/** Options of {@link Attention.compute}. */
export type ComputeOptions = Pick<CallOptions, 'stream' | 'policy' | 'validateDevice'>

/** Attention over the backends that were found. Made by {@link createAttention}. */
export interface Attention extends Disposable {
  readonly backends: readonly BackendStatus[]
  /** ONNX Runtime's `com.microsoft.Attention`. */
  readonly attention: AttentionMethod<CallOptions>
  /** ONNX Runtime's `com.microsoft.GroupQueryAttention`. */
  readonly groupQueryAttention: GroupQueryAttentionMethod<CallOptions>
  /** ONNX Runtime's `com.microsoft.MultiHeadAttention`. */
  readonly multiHeadAttention: MultiHeadAttentionMethod<CallOptions>
  /** ONNX's own `Attention`, operator sets 23 to 25. */
  readonly onnxAttention: OnnxAttentionMethod<CallOptions>
  /** ONNX Runtime's `com.microsoft.PackedAttention`. */
  readonly packedAttention: PackedAttentionMethod<CallOptions>
  /** ONNX Runtime's `com.microsoft.PackedMultiHeadAttention`. */
  readonly packedMultiHeadAttention: PackedMultiHeadAttentionMethod<CallOptions>
  /** Any operator by name, e.g. `MultiHeadAttention`. */
  call(
    operator: string,
    inputs: CallInputs,
    attributes: Attributes,
    options?: CallOptions,
  ): Promise<OperatorResult>
  /** A problem as backends see it: grouped queries, varlen, windows. Writes the outputs given. */
  compute(
    problem: AttentionProblem,
    tensors: AttentionTensors,
    options?: ComputeOptions,
  ): Promise<{ readonly decision: Decision }>
  /** Validates, decides and plans once. `specs` are shapes and element types, or tensors. */
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options: PrepareOptions & { readonly location: 'cuda' },
  ): PlannedCall<OperatorResult>
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options: PrepareOptions & { readonly location: 'host' },
  ): PlannedCall<Promise<OperatorResult>>
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: PrepareOptions,
  ): PlannedCall
  /** Plans a problem; `tensors` are checked against it at each run. */
  prepareProblem(
    problem: AttentionProblem,
    options: Pick<PrepareOptions, 'policy'> & { readonly location: 'cuda' },
  ): PlannedProblem<void>
  prepareProblem(
    problem: AttentionProblem,
    options?: Pick<PrepareOptions, 'policy' | 'location'>,
  ): PlannedProblem
  /**
   * The decision for a problem without running it; on `device` when given, which need not exist on this
   * machine. Never throws for want of a backend: `backend` is empty then.
   */
  explain(problem: AttentionProblem, options?: ExplainOptions): Decision
  /**
   * The same for an operator call: validates and lowers it. `specs` are shapes and element types, or
   * tensors.
   */
  explainCall(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: ExplainCallOptions,
  ): ExplainedCall
}
