import type { ExitCode } from './exit-codes.js'
import type { Outcome } from './outcome.js'
import type { Session } from './session.js'

/** What a command gets beside its own flags. */
export interface CommandContext {
  /** The whole command line, without the words `node attnkit`. */
  readonly args: readonly string[]
  readonly session: Session
  /** Prints the result and sets the exit code; a code alone is of a command that printed itself. */
  readonly finish: (result: Outcome | ExitCode) => void
}
