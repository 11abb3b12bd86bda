import type { Projection } from '../backend/backend.js'
import type { Fault } from '../errors/attention-error.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import type { Dtype, FloatDtype } from '../tensor/dtype.js'
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
  /** The version of the operator set from which it exists, where it is not the operator's first. */
  readonly since?: number
}

export interface AttributeDeclaration {
  readonly name: string
  readonly type: 'integer' | 'integers' | 'number' | 'boolean' | 'string'
  readonly required: boolean
  readonly default?: number | boolean | string
  readonly description: string
  readonly since?: number
}

export interface OutputDeclaration {
  readonly name: string
  readonly shape: string
  readonly description: string
  /** ONNX's name where it is not this one in snake_case. */
  readonly onnxName?: string
}

export type Specs = Readonly<Record<string, TensorSpec | undefined>>
export type Scalars = Readonly<Record<string, number | undefined>>
export type AttributeValue = number | boolean | string | readonly number[]
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>
export type Inputs = Readonly<Record<string, Tensor | undefined>>

/** An output that a lowered call writes. */
export interface LoweredOutput {
  readonly name: string
  /** Usually one; a stacked cache is `presentKey` and `presentValue`. */
  readonly roles: readonly TensorRole[]
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/**
 * A tensor made of an input: `indices` are int32 of each value plus `add`, held between `least` and `most`;
 * `cast` is the input in another float dtype; `pad` is a mask with rows of `width`, the added keys hidden:
 * -Infinity, or 0 where it is no float.
 */
export type Derivation =
  | {
      readonly kind: 'indices'
      readonly input: string
      readonly add: number
      readonly least: number
      readonly most: number
    }
  | { readonly kind: 'cast'; readonly input: string; readonly dtype: FloatDtype }
  | { readonly kind: 'pad'; readonly input: string; readonly width: number }

/** The product of two inputs that Q, K and V all lie in. */
export interface LoweredProjection extends Projection {
  readonly input: string
  readonly weights: string
}

/** An operator call as a problem: which inputs play which role in it, and what it writes. */
export interface LoweredCall {
  readonly problem: AttentionProblem
  /** Role → input name; packed inputs play several roles. */
  readonly roles: Readonly<Partial<Record<TensorRole, string>>>
  /** Roles of tensors that are made of an input before the problem runs. */
  readonly derived?: Readonly<Partial<Record<TensorRole, Derivation>>>
  /** The roles q, k and v are its product then, and no input's. */
  readonly projection?: LoweredProjection
  readonly outputs: readonly LoweredOutput[]
}

/** An operator: its declarations, its rules and how it becomes a problem. */
export interface OperatorDefinition {
  /** As calls and reports name it: ONNX Runtime's plain, ONNX's as `ai.onnx::Attention`. */
  readonly name: string
  readonly domain: 'com.microsoft' | 'ai.onnx'
  readonly inputs: readonly InputDeclaration[]
  readonly attributes: readonly AttributeDeclaration[]
  readonly outputs: readonly OutputDeclaration[]
  /** What a call must keep to: rule → sentence. Faults name the rule they come from. */
  readonly rules: Readonly<Record<string, string>>
  /** Limits that ONNX Runtime's kernels have and this operator has not: rule → sentence. */
  readonly lifted: Readonly<Record<string, string>>
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
  /** Faults in which of the tensors given as outputs are inputs. */
  checkOutputs?(inputs: Inputs, outputs: Inputs): readonly Fault[]
}
