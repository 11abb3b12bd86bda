import type { BoundProblem } from '../../backend/plan.js'
import { deriveOnHost } from '../../call/derive-on-host.js'
import type {
  Attributes,
  LoweredCall,
  OperatorDefinition,
  Scalars,
  TensorSpec,
} from '../../operators/operator.js'
import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { emptyTensor } from '../../tensor/host-tensor.js'
import { type HostTensor, isTensor } from '../../tensor/tensor.js'
import type { ConformanceCase } from '../conformance-case.js'
import type { Random } from '../random.js'
import { randomTensors } from '../random-tensors.js'
import { fillElements } from '../write-elements.js'
import type { Edit } from './define-case.js'

/** Numbers in the dtype of the case; shorter lists are repeated. */
interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** A call of an operator. */
export interface OperatorCall {
  /** Random numbers of the case's dtype in a shape, or what is given. */
  readonly inputs: Readonly<Record<string, readonly number[] | Numbers | HostTensor>>
  readonly attributes?: Attributes
  readonly scalars?: Scalars
  /** Optional outputs that are asked for. */
  readonly requested?: readonly string[]
}

/**
 * A case over the problem that a call of an operator becomes. `same`: another problem over the same tensors that means
 * the same, so that the case also shows that the operator means it.
 */
export function operatorCase(
  name: string,
  meaning: string,
  operator: OperatorDefinition,
  call: OperatorCall,
  same?: Edit,
): ConformanceCase {
  const problem = (dtype: FloatDtype) => lower(operator, call, dtype).problem
  const tensors = (made: AttentionProblem, random: Random) => bind(operator, call, made, random)
  return { name, meaning, problem, tensors, ...(same && { same }) }
}

function lower(operator: OperatorDefinition, call: OperatorCall, dtype: FloatDtype): LoweredCall {
  const specs = Object.entries(call.inputs).map(([name, input]) => [name, specOf(input, dtype)])
  const { attributes = {}, scalars = {}, requested = [] } = call
  return operator.lower(Object.fromEntries(specs), attributes, scalars, new Set(requested))
}

type Input = OperatorCall['inputs'][string]

function isNumbers(input: Input): input is Numbers {
  return 'values' in input && !Array.isArray(input)
}

function specOf(input: Input, dtype: FloatDtype): TensorSpec {
  if (isTensor(input)) return { dtype: input.dtype, shape: input.shape }
  return { dtype, shape: isNumbers(input) ? input.shape : (input as readonly number[]) }
}

/** Random tensors, but for those that the inputs of the call say or that are made of them. */
function bind(
  operator: OperatorDefinition,
  call: OperatorCall,
  problem: AttentionProblem,
  random: Random,
): BoundProblem<HostTensor> {
  const { roles, derived = {} } = lower(operator, call, problem.dtype)
  const known = literals(call, problem.dtype)
  const plain = Object.entries(roles).filter(([, input]) => Object.hasOwn(known, input))
  const made = Object.entries(derived).filter(([, { input }]) => Object.hasOwn(known, input))
  return randomTensors(problem, random, {
    ...Object.fromEntries(plain.map(([role, input]) => [role, known[input]])),
    ...deriveOnHost({ derived: Object.fromEntries(made) }, known),
  })
}

function literals(call: OperatorCall, dtype: FloatDtype): Readonly<Record<string, HostTensor>> {
  const known: Record<string, HostTensor> = {}
  for (const [name, input] of Object.entries(call.inputs)) {
    if (isTensor(input)) known[name] = input as HostTensor
    else if (isNumbers(input)) known[name] = filled(input, dtype)
  }
  return known
}

function filled({ shape, values }: Numbers, dtype: FloatDtype): HostTensor {
  const made = emptyTensor(shape, dtype)
  fillElements(made, (at) => values[at % values.length]!)
  return made
}
