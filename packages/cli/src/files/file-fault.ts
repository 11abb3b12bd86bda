import { AttentionError } from '@attnkit/core'

/** What is wrong with a file, in the words of every fault: where, what it says, what it must say. */
export interface FileFault {
  readonly file: string
  /** The part of the file, e.g. `header.shape` or `tensor "query"`. */
  readonly field: string
  readonly found: string
  readonly required: string
  readonly remedy?: string
}

/** The error for a file that cannot be used: always `invalid-argument`, always with its fault. */
export function fileError(fault: FileFault, cause?: unknown): AttentionError {
  const { file, field, found, required, remedy } = fault
  const advice = remedy === undefined ? '' : `; ${remedy}`
  return new AttentionError(
    'invalid-argument',
    `${file}: ${field}: found ${found}, required ${required}${advice}`,
    { operator: 'run', file, faults: [{ path: `${file}: ${field}`, found, required }] },
    cause === undefined ? undefined : { cause },
  )
}

/** Text of a file as shown in a message: printable, and short however long the file makes it. */
export function excerpt(text: string, limit = 60): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text
  return JSON.stringify(shown)
}
