import { AttentionError, type Fault } from './attention-error.js'

const MAX_SHOWN = 12

function faultLine({ path, found, required, rule }: Fault): string {
  return `${path}: found ${found}, required ${required}${rule === undefined ? '' : ` (${rule})`}`
}

/**
 * The error for arguments that break a rule: `operator` names what was called, `faults` everything that is
 * wrong with the call.
 */
export function invalidArgument(operator: string, faults: readonly Fault[]): AttentionError {
  const lines = faults.slice(0, MAX_SHOWN).map(faultLine)
  if (faults.length > MAX_SHOWN) lines.push(`and ${faults.length - MAX_SHOWN} more`)
  const message =
    faults.length === 1
      ? `${operator}: ${lines[0]}`
      : `${operator}: ${faults.length} faults\n  ${lines.join('\n  ')}`
  return new AttentionError('invalid-argument', message, { operator, faults })
}
