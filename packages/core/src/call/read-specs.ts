import { describeValue } from '../errors/describe-value.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { OperatorDefinition, TensorSpec } from '../operators/operator.js'
import { DTYPES, isDtype } from '../tensor/dtype.js'
import { isShape } from '../tensor/shape.js'
import { isTensor, type Tensor } from '../tensor/tensor.js'
import { checkNames, readFields, readScalar } from './read-inputs.js'

/** What a planned call knows of its inputs. */
export interface PlannedInputs {
  readonly specs: Readonly<Record<string, TensorSpec>>
  readonly scalars: Readonly<Record<string, number>>
  /** Those specs that are tensors: they tell where the tensors of the calls will be. */
  readonly tensors: readonly (readonly [name: string, tensor: Tensor])[]
}

function readSpec(path: string, value: unknown, list: FaultList): TensorSpec | undefined {
  if (typeof value !== 'object' || value === null) {
    list.add(path, describeValue(value), 'a dtype and a shape, or a tensor')
    return undefined
  }
  const { dtype, shape } = value as Partial<TensorSpec>
  const known = list.require(isDtype(dtype), `${path}.dtype`, dtype, DTYPES.join(', '))
  const sized = list.require(isShape(shape), `${path}.shape`, shape, 'a list of sizes')
  return known && sized ? { dtype: dtype!, shape: [...shape!] } : undefined
}

/** Reads the specs and scalars that a call is planned for. Throws with all faults. */
export function readSpecs(
  definition: OperatorDefinition,
  specs: unknown,
  scalars: unknown,
): PlannedInputs {
  const { name: operator, inputs } = definition
  const list = new FaultList()
  const fields = readFields('specs', specs, list)
  const numbers = readFields('scalars', scalars ?? {}, list)
  checkNames('', inputs, fields, 'input', list)
  const declaredScalars = inputs.filter(({ scalar }) => scalar === true)
  checkNames('scalars.', declaredScalars, numbers, 'scalar input', list)
  const read: Record<string, TensorSpec> = {}
  const values: Record<string, number> = {}
  const tensors: [string, Tensor][] = []
  for (const input of inputs) {
    const { name } = input
    const value = fields[name]
    const number = input.scalar === true ? (numbers[name] ?? value) : undefined
    if (number !== undefined) {
      const scalar = readScalar(operator, input, number, list)
      if (scalar !== undefined) values[name] = scalar
    } else if (value !== undefined) {
      const spec = readSpec(name, value, list)
      if (spec !== undefined) read[name] = spec
      if (spec !== undefined && isTensor(value)) tensors.push([name, value])
    } else if (input.required) {
      list.add(name, 'nothing', 'a dtype and a shape, or a tensor')
    }
  }
  if (!list.empty) throw invalidArgument(operator, list.faults)
  return { specs: read, scalars: values, tensors }
}
