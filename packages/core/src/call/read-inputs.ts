import { describeValue } from '../errors/describe-value.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { InputDeclaration, OperatorDefinition } from '../operators/operator.js'
import { elementCount } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkTensor } from './check-tensor.js'

/** The inputs of a call, sorted into tensors and the numbers known on the host. */
export interface CallArguments {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly scalars: Readonly<Record<string, number>>
}

/**
 * Reads the inputs of a call of `definition`: tensors that hold together, and no other names. Throws
 * `invalid-argument` with all faults, `buffer-not-stable` and `disposed`.
 */
export function readInputs(definition: OperatorDefinition, inputs: unknown): CallArguments {
  const { name: operator } = definition
  const list = new FaultList()
  const fields = readFields('inputs', inputs, list)
  checkNames('', definition.inputs, fields, 'input', list)
  const tensors: Record<string, Tensor> = {}
  const scalars: Record<string, number> = {}
  for (const declaration of definition.inputs) {
    const { name } = declaration
    const value = fields[name]
    if (value === undefined) {
      if (declaration.required) list.add(name, 'nothing', 'a tensor')
    } else if (declaration.scalar === true) {
      const scalar = readScalar(operator, declaration, value, list)
      if (scalar !== undefined) scalars[name] = scalar
    } else if (checkTensor(operator, name, value, list)) {
      tensors[name] = value
    }
  }
  if (!list.empty) throw invalidArgument(operator, list.faults)
  return { tensors, scalars }
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
  if (typeof value === 'number') {
    return list.require(Number.isSafeInteger(value), name, value, 'a whole number')
      ? value
      : undefined
  }
  if (typeof value !== 'object' || value === null) {
    list.add(name, describeValue(value), 'a whole number, or a tensor of one on the host')
    return undefined
  }
  if (!checkTensor(operator, name, value, list)) return undefined
  if (value.location !== 'host') {
    list.add(name, 'a tensor on a device', 'a number, or a tensor of one on the host')
    return undefined
  }
  const typed = list.require(
    dtypes.includes(value.dtype),
    `${name}.dtype`,
    value.dtype,
    dtypes.join(', '),
  )
  const count = elementCount(value.shape)
  const single = list.require(count === 1, `${name}.shape`, count, 'one element')
  return typed && single ? Number(value.data[0]) : undefined
}
