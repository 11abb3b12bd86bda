import type { Outcome } from './outcome.js'
import type { Session } from './session.js'

/** What a command gets beside its own flags. */
export interface CommandContext {
  /** The whole command line, without the words `node attnkit`. */
  readonly args: readonly string[]
  readonly session: Session
  /** Prints the result and sets the exit code. */
  readonly finish: (outcome: Outcome) => void
}
