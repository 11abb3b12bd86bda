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
  const definedSpecs = definedOf(specs)
  const definedScalars = definedOf(scalars)
  const definedAttributes = definedOf(attributes)
  const given = new Set([...Object.keys(definedScalars), ...Object.keys(definedSpecs)])
  requireNames(given, operator.inputs, 'input', list)
  requireNames(Object.keys(definedAttributes), operator.attributes, 'attribute', list)
  requireNames(requested, operator.outputs, 'output', list)
  const usable = new Map<string, TensorSpec>()
  for (const declaration of operator.inputs) {
    const { name, required } = declaration
    const spec = definedSpecs[name]
    if (spec !== undefined && isUsable(spec, declaration, list)) usable.set(name, spec)
    if (required && !given.has(name)) list.require(false, name, undefined, 'a tensor', 'E2')
  }
  return {
    declared: operator.inputs,
    list,
    specs: usable,
    given,
    attributes: readAttributes(operator.attributes, definedAttributes, list),
    scalars: definedScalars as Scalars,
    requested,
  }
}

/** The own properties of an object that are not undefined; none of anything else. */
function definedOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value)
  const defined = entries.filter(([, entry]) => entry !== undefined)
  return defined.length === entries.length ? { ...value } : Object.fromEntries(defined)
}

function requireNames(
  given: Iterable<string>,
  declared: readonly { readonly name: string }[],
  what: string,
  list: FaultList,
): void {
  for (const name of given) {
    if (declared.some((one) => one.name === name)) continue
    const required = `one of ${declared.map((one) => one.name).join(', ')}`
    list.add(name, `an unknown ${what}`, required, 'E1')
  }
}

function isUsable(
  spec: unknown,
  { name, dtypes }: InputDeclaration,
  list: FaultList,
): spec is TensorSpec {
  const isObject = typeof spec === 'object' && spec !== null
  const { dtype, shape }: { dtype?: unknown; shape?: unknown } = isObject ? spec : {}
  const isKnown = isDtype(dtype) && dtypes.includes(dtype)
  list.require(isKnown, `${name}.dtype`, dtype, dtypes.join(', '), 'E4')
  const fits = isShape(shape) && shape.every((size) => size <= MAX_SIZE)
  if (fits) return true
  const found = Array.isArray(shape)
    ? shapeText(shape.map(describeValue) as never)
    : describeValue(shape)
  list.add(`${name}.shape`, found, 'sizes from 0 to 2^31 - 1, 2^53 - 1 elements', 'E3')
  return false
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
