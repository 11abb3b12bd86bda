import { describeValue } from '../errors/describe-value.js'
import type { FaultList } from '../errors/fault-list.js'
import type { OperatorDefinition, TensorSpec } from '../operators/operator.js'
import { DTYPES, isDtype } from '../tensor/dtype.js'
import { isShape } from '../tensor/shape.js'
import { isTensor, type Tensor } from '../tensor/tensor.js'
import { checkNames, readFields, readScalar } from './read-inputs.js'

/** What a planned call knows of its inputs. */
export interface PlannedInputs {
  readonly specs: Readonly<Record<string, TensorSpec>>
  readonly scalars: Readonly<Record<string, number>>
  /** Everything else that was given. */
  readonly unusable: Readonly<Record<string, unknown>>
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

/** Reads the specs and scalars that a call is planned for. Notes everything wrong with them. */
export function readSpecs(
  { name: operator, inputs }: OperatorDefinition,
  specs: unknown,
  scalars: unknown,
  list: FaultList,
): PlannedInputs {
  const numbers = readFields('scalars', scalars ?? {}, list)
  const declared = inputs.filter(({ scalar }) => scalar === true)
  checkNames('scalars.', declared, numbers, 'scalar input', list)
  const read: Record<string, TensorSpec> = {}
  const values: Record<string, number> = {}
  const unusable: Record<string, unknown> = {}
  const tensors: [string, Tensor][] = []
  const fields: Record<string, unknown> = { ...readFields('specs', specs, list) }
  for (const { name } of declared) fields[name] = numbers[name] ?? fields[name]
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const scalarInput = declared.find((input) => input.name === name)
    const scalar = scalarInput && readScalar(operator, scalarInput, value, list)
    const isKnown = inputs.some((input) => input.name === name)
    const spec = isKnown && !scalarInput ? readSpec(name, value, list) : undefined
    if (scalar !== undefined) values[name] = scalar
    else if (spec !== undefined) read[name] = spec
    else unusable[name] = {}
    if (spec !== undefined && isTensor(value)) tensors.push([name, value])
  }
  return { specs: read, scalars: values, unusable, tensors }
}
