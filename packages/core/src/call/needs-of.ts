import type { CallNeeds } from '../dispatch/call-needs.js'
import type { LoweredCall } from '../operators/operator.js'

/** What a lowered call asks of a backend besides its problem. */
export function needsOf({ projection, derived = {} }: LoweredCall): CallNeeds {
  const made = Object.entries(derived).map(([role, { kind }]) => ({ role, kind }))
  return { projection: projection !== undefined, derived: made }
}
