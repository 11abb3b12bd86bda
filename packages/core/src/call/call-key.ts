import type { Attributes, AttributeValue, OperatorDefinition } from '../operators/operator.js'
import type { ReadArguments } from './lower-call.js'

/** The names that an operator declares. */
interface Names {
  readonly inputs: ReadonlySet<string>
  readonly attributes: ReadonlySet<string>
  readonly outputs: ReadonlySet<string>
}

const DECLARED = new WeakMap<OperatorDefinition, Names>()

function namesOf(definition: OperatorDefinition): Names {
  const known = DECLARED.get(definition)
  if (known !== undefined) return known
  const namesIn = (declared: readonly { readonly name: string }[]) =>
    new Set(declared.map(({ name }) => name))
  const { inputs, attributes, outputs } = definition
  const names = {
    inputs: namesIn(inputs),
    attributes: namesIn(attributes),
    outputs: namesIn(outputs),
  }
  DECLARED.set(definition, names)
  return names
}

/** -0 is a number of its own. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : `${value}`
}

function valueText(value: AttributeValue): string | null {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'boolean') return `${value}`
  if (typeof value === 'string') return JSON.stringify(value)
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'number')
  return isList ? `[${value.map(numberText)}]` : null
}

/**
 * Everything that lowering a call depends on, as text: equal for no two calls that could come out
 * otherwise. Null for calls with names or values that no operator takes, which are never worth keeping.
 */
export function callKey(
  definition: OperatorDefinition,
  { specs, unusable, scalars, requested }: ReadArguments,
  attributes: Attributes,
): string | null {
  const names = namesOf(definition)
  let key = definition.name
  for (const _ in unusable) return null
  for (const name in specs) {
    const spec = specs[name]
    if (spec === undefined || !names.inputs.has(name)) return null
    key += `|${name} ${spec.dtype} ${spec.shape.join()}`
  }
  for (const name in scalars) {
    if (!names.inputs.has(name)) return null
    key += `|${name} ${numberText(scalars[name] ?? Number.NaN)}`
  }
  for (const name in attributes) {
    const value = attributes[name]
    if (value === undefined) continue
    const text = names.attributes.has(name) ? valueText(value) : null
    if (text === null) return null
    key += `|${name}=${text}`
  }
  for (const name of requested) {
    if (!names.outputs.has(name)) return null
    key += `|${name}`
  }
  return key
}
