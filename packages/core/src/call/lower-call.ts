import { type Fault, isAttentionError } from '../errors/attention-error.js'
import type { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type {
  Attributes,
  LoweredCall,
  OperatorDefinition,
  Scalars,
  Specs,
} from '../operators/operator.js'
import { readFields } from './read-inputs.js'

/** What was read of a call, before its operator has looked at it. */
export interface ReadArguments {
  readonly specs: Specs
  /** Inputs that were given and are no use: their faults have been noted. */
  readonly unusable: Readonly<Record<string, unknown>>
  readonly scalars: Scalars
  readonly requested: ReadonlySet<string>
}

/** The attributes that a caller gave, copied. */
export function readAttributes(attributes: unknown, list: FaultList): Attributes {
  return { ...readFields('attributes', attributes ?? {}, list) } as Attributes
}

/** The input, attribute or output that a fault is about. */
function subjectOf({ path }: Fault): string {
  const [name = '', part] = path.split('.')
  return name === 'outputs' ? `outputs.${part}` : name
}

/** Whether a fault is about something of which a fault has been noted already. */
function isKnown(fault: Fault, noted: readonly Fault[]): boolean {
  return noted.some((one) => subjectOf(one) === subjectOf(fault))
}

/**
 * Lowers a call. What its operator finds wrong joins what `list` has already, so that one error tells
 * all of it. Throws `invalid-argument`.
 */
export function lowerCall(
  definition: OperatorDefinition,
  { specs, unusable, scalars, requested }: ReadArguments,
  attributes: Attributes,
  list: FaultList,
): LoweredCall {
  const noted = [...list.faults]
  try {
    const given = { ...specs, ...unusable } as Specs
    const lowered = definition.lower(given, attributes, scalars, requested)
    if (noted.length === 0) return lowered
  } catch (error) {
    const found = isAttentionError(error) ? error.details.faults : undefined
    if (found === undefined) throw error
    noted.push(...found.filter((fault) => !isKnown(fault, list.faults)))
  }
  throw invalidArgument(definition.name, noted)
}
