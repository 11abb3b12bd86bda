import { snakeCase } from '../names.js'

/** The version of the JSON that every command writes; it grows when a field changes its meaning. */
const SCHEMA_VERSION = 1

/** Keys that are data, e.g. names of variables, are left as they are. */
const PLAIN_KEY = /^[a-z][a-zA-Z0-9]*$/

/**
 * A value as JSON documents hold it: keys in snake_case, integers of any size as text, and numbers that
 * JSON does not have as text.
 */
function toDocument(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(toDocument)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.map(([key, item]) => [PLAIN_KEY.test(key) ? snakeCase(key) : key, toDocument(item)]),
  )
}

/** A document as it is printed, with `schema_version` in front. */
export function documentText(fields: object): string {
  const document = toDocument({ schemaVersion: SCHEMA_VERSION, ...fields })
  return `${JSON.stringify(document, null, 2)}\n`
}
