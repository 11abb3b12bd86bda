import { type AttentionErrorCode, isAttentionError } from '@attnkit/core'
import { CommanderError } from 'commander'

/** What the process says by its exit code; the same for every command. */
export const EXIT = {
  ok: 0,
  /** It ran and found a failure: a mismatch, a regression. */
  failed: 1,
  /** A wrong command line or input, or nothing to do. */
  usage: 2,
  /** A backend that was required is not available. */
  unavailable: 3,
  /** No backend that was allowed supports the problem. */
  unsupported: 4,
  /** The device failed while running. */
  device: 5,
  /** A bug in attnkit. */
  bug: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const EXIT_OF_ERROR: Readonly<Record<AttentionErrorCode, ExitCode>> = {
  'invalid-argument': EXIT.usage,
  'buffer-not-stable': EXIT.usage,
  'backend-unavailable': EXIT.unavailable,
  'no-backend-supports': EXIT.unsupported,
  'device-lost': EXIT.device,
  'out-of-memory': EXIT.device,
  disposed: EXIT.bug,
  internal: EXIT.bug,
}

/** The exit code for an error that ended a command; whatever is not known is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  return isAttentionError(error) ? (EXIT_OF_ERROR[error.code] ?? EXIT.bug) : EXIT.bug
}
