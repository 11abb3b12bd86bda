import type { AttributeDeclaration } from '@attnkit/core'
import { Option } from 'commander'
import { finiteNumber, truth, wholeNumber, wholeNumbers } from '../../flags.js'
import { kebabCase } from '../../names.js'

type FlagForm = readonly [value: string, parse?: (text: string) => unknown]

/** How the value of each type of attribute is written. */
const FORMS: Readonly<Record<AttributeDeclaration['type'], FlagForm>> = {
  boolean: ['[true|false]', truth],
  number: ['<n>', finiteNumber],
  integer: ['<n>', wholeNumber(Number.MIN_SAFE_INTEGER)],
  integers: ['<n,n,…>', wholeNumbers],
  string: ['<text>'],
}

/** The flag of an operator's attribute. */
export function attributeOption(attribute: AttributeDeclaration): Option {
  const { name, type, required, description } = attribute
  const preset = attribute.default === undefined ? '' : ` (default: ${attribute.default})`
  const [value, parse] = FORMS[type]
  const option = new Option(`--${kebabCase(name)} ${value}`, description + preset)
  return (parse === undefined ? option : option.argParser(parse)).makeOptionMandatory(required)
}
