import { AttentionError } from './attention-error.js'

/** The error for the use of something after its `dispose()`: `subject` says what it was. */
export function disposed(operator: string, subject: string): AttentionError {
  return new AttentionError(
    'disposed',
    `${operator}: ${subject} was disposed and cannot be used any more. Dispose it after its last use.`,
    { operator, subject },
  )
}
