import { describe, expect, it } from 'vitest'
import { type Fault, isAttentionError } from '../../src/errors/attention-error.js'
import type {
  Attributes,
  Inputs,
  LoweredCall,
  OperatorDefinition,
  Scalars,
  Specs,
  TensorSpec,
} from '../../src/operators/operator.js'
import { tensor } from '../../src/tensor/host-tensor.js'
import { type HostTensor, isTensor } from '../../src/tensor/tensor.js'

/** A call as far as it is known before it runs: specs, or tensors where their values matter. */
export interface SpecCall {
  readonly inputs: object
  readonly attributes?: object
  readonly requested?: readonly string[]
  readonly scalars?: object
  /** Tensors given for outputs. */
  readonly outputs?: object
}

export const float = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape })
export const int = (...shape: number[]): TensorSpec => ({ dtype: 'int32', shape })
export const ints = (values: readonly number[], ...shape: number[]): HostTensor<'int32'> =>
  tensor(Int32Array.from(values), shape.length > 0 ? shape : [values.length])

export function lower(
  definition: OperatorDefinition,
  { inputs, attributes = {}, requested = [], scalars = {} }: SpecCall,
): LoweredCall {
  const set = new Set(requested)
  return definition.lower(inputs as Specs, attributes as Attributes, scalars as Scalars, set)
}

/** Everything that is wrong with a call, index values included. */
export function faultsOf(definition: OperatorDefinition, call: SpecCall): readonly Fault[] {
  try {
    const tensors = Object.entries(call.inputs).filter(([, input]) => isTensor(input))
    const lowered = lower(definition, call)
    const inputs = Object.fromEntries(tensors) as Inputs
    return [
      ...definition.checkValues(inputs, lowered),
      ...(definition.checkOutputs?.(inputs, (call.outputs ?? {}) as Inputs) ?? []),
    ]
  } catch (error) {
    if (isAttentionError(error) && error.code === 'invalid-argument') return error.details.faults!
    throw error
  }
}

/** What a call must be told that breaks a rule. */
export type RuleCase = readonly [path: string, found: string, required: string, call: SpecCall]

/** A test for each of an operator's rules, named by its id; a rule without cases fails. */
export function describeRules(
  definition: OperatorDefinition,
  cases: Readonly<Record<string, readonly RuleCase[]>>,
): void {
  describe(`${definition.name} refuses by rule`, () => {
    it.each(Object.entries(definition.rules))('%s: %s', (rule) => {
      const own = cases[rule] ?? []
      expect(own.length).toBeGreaterThan(0)
      for (const [path, found, required, call] of own) {
        expect(faultsOf(definition, call)).toContainEqual({ path, found, required, rule })
      }
    })

    it('and by no other', () => {
      expect(Object.keys(definition.rules)).toEqual(expect.arrayContaining(Object.keys(cases)))
    })
  })
}

/** A test for each limit of ONNX Runtime's kernels that an operator has not. */
export function describeLifted(
  { name, lifted }: OperatorDefinition,
  works: Readonly<Record<string, () => void | Promise<void>>>,
): void {
  describe(`${name} has not ONNX Runtime's limit`, () => {
    it.each(Object.entries(lifted))('%s: %s', async (rule) => {
      expect(Object.keys(works)).toContain(rule)
      await works[rule]?.()
    })
  })
}
