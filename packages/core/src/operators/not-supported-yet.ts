import { AttentionError } from '../errors/attention-error.js'
import { describeValue } from '../errors/describe-value.js'

/** The error for a call that its operator allows and no backend can be asked for yet. */
export function notSupportedYet(
  operator: string,
  subject: string,
  found: unknown,
  required: string,
  remedy: string,
): AttentionError {
  const reason = {
    backend: 'any',
    code: 'not-supported-yet',
    subject,
    found: describeValue(found),
    required,
    remedy,
  } as const
  const message = `${operator}: ${subject}: found ${reason.found}, which is not supported yet, required ${required}. ${remedy}`
  return new AttentionError('no-backend-supports', message, { operator, reasons: [reason] })
}
