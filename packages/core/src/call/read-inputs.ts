import { describeValue } from '../errors/describe-value.js'
import type { FaultList } from '../errors/fault-list.js'
import type { InputDeclaration, OperatorDefinition } from '../operators/operator.js'
import { elementCount } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkTensor } from './check-tensor.js'

/** The inputs of a call, sorted into tensors and the numbers known on the host. */
export interface CallArguments {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly scalars: Readonly<Record<string, number>>
  /** Everything else that was given: unknown names, and what is no tensor or no number. */
  readonly unusable: Readonly<Record<string, unknown>>
}

/**
 * Reads the inputs of a call of `definition`. Notes what does not hold together; unknown and missing names
 * are for the operator to say. Throws `buffer-not-stable` and `disposed`.
 */
export function readInputs(
  definition: OperatorDefinition,
  inputs: unknown,
  list: FaultList,
): CallArguments {
  const { name: operator } = definition
  const declared = new Map(definition.inputs.map((input) => [input.name, input]))
  const tensors: Record<string, Tensor> = {}
  const scalars: Record<string, number> = {}
  const unusable: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(readFields('inputs', inputs, list))) {
    if (value === undefined) continue
    const declaration = declared.get(name)
    if (declaration === undefined) {
      unusable[name] = {}
    } else if (declaration.scalar === true) {
      const scalar = readScalar(operator, declaration, value, list)
      if (scalar === undefined) unusable[name] = {}
      else scalars[name] = scalar
    } else if (checkTensor(operator, name, value, list)) {
      tensors[name] = value
    } else {
      unusable[name] = {}
    }
  }
  return { tensors, scalars, unusable }
}

/** The fields of an object that a caller gave; none, and a fault, when it is no object. */
export function readFields(
  path: string,
  value: unknown,
  list: FaultList,
): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null
  list.require(isObject, path, value, 'an object of named values')
  return isObject ? (value as Record<string, unknown>) : {}
}

/** Notes the names of `fields` that are not declared. */
export function checkNames(
  prefix: string,
  declared: readonly { readonly name: string }[],
  fields: Readonly<Record<string, unknown>>,
  what: string,
  list: FaultList,
): void {
  const names = declared.map(({ name }) => name)
  for (const name of Object.keys(fields)) {
    if (fields[name] === undefined || names.includes(name)) continue
    list.add(`${prefix}${name}`, `an unknown ${what}`, `one of ${names.join(', ')}`)
  }
}

/** The number in a scalar input: a number, or a tensor of one element on the host. */
export function readScalar(
  operator: string,
  { name, dtypes }: Pick<InputDeclaration, 'name' | 'dtypes'>,
  value: unknown,
  list: FaultList,
): number | undefined {
  const required = 'a whole number, or a tensor of one on the host'
  if (typeof value === 'number') {
    const isWhole = list.require(Number.isSafeInteger(value), name, value, required)
    return isWhole ? value : undefined
  }
  if (typeof value !== 'object' || value === null) {
    list.add(name, describeValue(value), required)
    return undefined
  }
  if (!checkTensor(operator, name, value, list)) return undefined
  if (value.location !== 'host') {
    list.add(name, 'a tensor on a device', required)
    return undefined
  }
  const { dtype, shape, data } = value
  const isIndex = list.require(dtypes.includes(dtype), `${name}.dtype`, dtype, dtypes.join(', '))
  const count = elementCount(shape)
  const isSingle = list.require(count === 1, `${name}.shape`, count, 'one element')
  return isIndex && isSingle ? Number(data[0]) : undefined
}
