import type { Fault } from '../errors/attention-error.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import type { Dtype } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'

/** What is known of an input before the call: enough to validate and plan. */
export interface TensorSpec {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** An input of an operator as data: docs, the command line and the checks are made from it. */
export interface InputDeclaration {
  /** camelCase of ONNX Runtime's name. */
  readonly name: string
  readonly required: boolean
  readonly dtypes: readonly Dtype[]
  /** The shapes it may have, in the letters of the docs, e.g. `(B, S, N·H)`. */
  readonly shapes: readonly string[]
  readonly description: string
  /** One number that must be known on the host before the call: given as a number or a host tensor. */
  readonly scalar?: boolean
}

export interface AttributeDeclaration {
  readonly name: string
  readonly type: 'integer' | 'number' | 'boolean'
  readonly required: boolean
  readonly default?: number | boolean
  readonly description: string
}

export interface OutputDeclaration {
  readonly name: string
  readonly shape: string
  readonly description: string
}

export type Specs = Readonly<Record<string, TensorSpec | undefined>>
export type Scalars = Readonly<Record<string, number | undefined>>
export type Attributes = Readonly<Record<string, number | boolean | undefined>>
export type Inputs = Readonly<Record<string, Tensor | undefined>>

/** An output that a lowered call writes. */
export interface LoweredOutput {
  readonly name: string
  readonly role: TensorRole
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** An operator call as a problem: which inputs play which role in it, and what it writes. */
export interface LoweredCall {
  readonly problem: AttentionProblem
  /** Role → input name; packed inputs play several roles. */
  readonly roles: Readonly<Partial<Record<TensorRole, string>>>
  readonly outputs: readonly LoweredOutput[]
}

/** An operator: its declarations, its rules and how it becomes a problem. */
export interface OperatorDefinition {
  readonly name: string
  readonly domain: 'com.microsoft' | 'ai.onnx'
  readonly inputs: readonly InputDeclaration[]
  readonly attributes: readonly AttributeDeclaration[]
  readonly outputs: readonly OutputDeclaration[]
  /**
   * Validates everything that shapes, dtypes, attributes and scalars can tell, gathering every fault
   * (`invalid-argument`), and lowers. `requested`: the optional outputs wanted.
   */
  lower(
    specs: Specs,
    attributes: Attributes,
    scalars: Scalars,
    requested: ReadonlySet<string>,
  ): LoweredCall
  /** Faults in the values of index tensors that are on the host. */
  checkValues(inputs: Inputs, lowered: LoweredCall): readonly Fault[]
}
