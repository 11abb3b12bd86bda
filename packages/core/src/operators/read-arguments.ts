import { describeValue } from '../errors/describe-value.js'
import { FaultList } from '../errors/fault-list.js'
import { MAX_SIZE } from '../problem/problem-faults.js'
import { isDtype } from '../tensor/dtype.js'
import { isShape, shapeText } from '../tensor/shape.js'
import type {
  AttributeDeclaration,
  Attributes,
  AttributeValue,
  InputDeclaration,
  OperatorDefinition,
  Scalars,
  Specs,
  TensorSpec,
} from './operator.js'

/** The arguments of a call as far as they are usable, and everything that is wrong with them. */
export interface Arguments {
  /** What the operator declares of its inputs. */
  readonly declared: readonly InputDeclaration[]
  readonly list: FaultList
  /** Inputs whose dtype and shape are what the operator declares. */
  readonly specs: ReadonlyMap<string, TensorSpec>
  /** Inputs that were given, usable or not. */
  readonly given: ReadonlySet<string>
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly scalars: Scalars
  readonly requested: ReadonlySet<string>
}

/** The rules that hold for every operator, by what its declarations say. */
export const ARGUMENT_RULES = {
  E1: 'inputs, attributes and outputs have the names that the operator declares',
  E2: 'required inputs and attributes are given',
  E3: 'shapes are lists of sizes up to 2^31 - 1, of at most 2^53 - 1 elements',
  E4: 'dtypes are those that the operator declares',
  E5: 'attributes have the type that the operator declares, and are finite where a number is used',
} as const

type Declarations = Pick<OperatorDefinition, 'inputs' | 'attributes' | 'outputs'>

/** Reads a call's arguments by the operator's declarations. Takes nothing for granted. */
export function readArguments(
  operator: Declarations,
  specs: Specs,
  attributes: Attributes,
  scalars: Scalars,
  requested: ReadonlySet<string>,
): Arguments {
  const list = new FaultList()
  const inputs = { ...definedOf(scalars), ...definedOf(specs) }
  requireNames(inputs, operator.inputs, 'input', list)
  requireNames(definedOf(attributes), operator.attributes, 'attribute', list)
  requireNames(
    Object.fromEntries([...requested].map((name) => [name, 1])),
    operator.outputs,
    'output',
    list,
  )
  const usable = new Map<string, TensorSpec>()
  for (const declaration of operator.inputs) {
    const { name, required } = declaration
    const spec: unknown = definedOf(specs)[name]
    if (spec !== undefined && isUsable(spec, declaration, list)) usable.set(name, spec)
    if (required && !Object.hasOwn(inputs, name))
      list.require(false, name, undefined, 'a tensor', 'E2')
  }
  return {
    declared: operator.inputs,
    list,
    specs: usable,
    given: new Set(Object.keys(inputs)),
    attributes: readAttributes(operator.attributes, definedOf(attributes), list),
    scalars: definedOf(scalars) as Scalars,
    requested,
  }
}

/** The own properties of an object that are not undefined; none of anything else. */
function definedOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined))
}

function requireNames(
  given: Readonly<Record<string, unknown>>,
  declared: readonly { readonly name: string }[],
  what: string,
  list: FaultList,
): void {
  const names = declared.map(({ name }) => name)
  for (const name of Object.keys(given)) {
    const required = `one of ${names.join(', ')}`
    if (!names.includes(name)) list.add(name, `an unknown ${what}`, required, 'E1')
  }
}

function isUsable(
  spec: unknown,
  { name, dtypes }: InputDeclaration,
  list: FaultList,
): spec is TensorSpec {
  const { dtype, shape } = definedOf(spec)
  const isKnown = isDtype(dtype) && dtypes.includes(dtype)
  list.require(isKnown, `${name}.dtype`, dtype, dtypes.join(', '), 'E4')
  const fits = isShape(shape) && shape.every((size) => size <= MAX_SIZE)
  const found = Array.isArray(shape)
    ? shapeText(shape.map(describeValue) as never)
    : describeValue(shape)
  if (!fits) list.add(`${name}.shape`, found, 'sizes from 0 to 2^31 - 1, 2^53 - 1 elements', 'E3')
  return fits
}

function readAttributes(
  declared: readonly AttributeDeclaration[],
  given: Readonly<Record<string, unknown>>,
  list: FaultList,
): Record<string, AttributeValue> {
  const values: Record<string, AttributeValue> = {}
  for (const declaration of declared) {
    const { name, required, default: standard } = declaration
    const value = given[name]
    if (value === undefined && required) list.require(false, name, value, 'a value', 'E2')
    else if (value !== undefined && !isOfType(value, declaration.type)) {
      list.require(false, name, value, TYPE_NAMES[declaration.type], 'E5')
    } else if (value !== undefined) values[name] = value
    if (standard !== undefined) values[name] ??= standard
  }
  return values
}

const TYPE_NAMES = {
  integer: 'an integer',
  integers: 'a list of integers',
  number: 'a number',
  boolean: 'true or false, or 1 or 0',
  string: 'a string',
} as const

function isOfType(value: unknown, type: AttributeDeclaration['type']): value is AttributeValue {
  if (type === 'integers') return Array.isArray(value) && value.every(Number.isSafeInteger)
  if (type === 'boolean') return typeof value === 'boolean' || value === 0 || value === 1
  if (type === 'string') return typeof value === 'string'
  if (type === 'integer') return Number.isSafeInteger(value)
  return typeof value === 'number' && !Number.isNaN(value)
}
