import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js'
import type { Outcome } from './outcome.js'
import { buildProgram } from './program.js'
import { errorFields, errorText } from './render/error.js'
import { documentText } from './render/json-document.js'
import { styleOf } from './render/style.js'
import type { Session } from './session.js'

/**
 * Runs one command line, without the words `node attnkit`, and returns the exit code. Writes to the
 * session alone and never ends the process.
 */
export async function main(args: readonly string[], session: Session): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const finish = (result: Outcome | ExitCode): void => {
    exitCode = typeof result === 'number' ? result : result.exitCode
    if (typeof result !== 'number') printOutcome(result, args, session)
  }
  try {
    await buildProgram({ args, session, finish }).parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportError(error, args, session)
  }
}

function printOutcome(outcome: Outcome, args: readonly string[], session: Session): void {
  const { stdout } = session
  if (wantsJson(args)) {
    stdout.write(documentText(outcome.document))
    return
  }
  const lines = outcome.lines(styleOf(stdout, session, refusesColor(args)))
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
}

/** Prints an error where its reader looks, and returns the exit code that it means. */
export function reportError(error: unknown, args: readonly string[], session: Session): ExitCode {
  const exitCode = exitCodeOf(error)
  if (exitCode === EXIT.ok) return exitCode
  if (wantsJson(args)) session.stdout.write(documentText({ error: errorFields(error) }))
  else session.stderr.write(errorText(error, styleOf(session.stderr, session, refusesColor(args))))
  return exitCode
}

/** Says that the user ended the command, and returns the exit code that it means. */
export function reportInterrupt(args: readonly string[], session: Session): ExitCode {
  const message = 'interrupted'
  if (wantsJson(args)) {
    const error = { code: 'interrupted', message, reasons: [], faults: [] }
    session.stdout.write(documentText({ error }))
  }
  session.stderr.write(`\nattnkit: ${message}\n`)
  return EXIT.interrupted
}

/** From the words themselves: a command line that cannot be parsed is answered in JSON too. */
function wantsJson(args: readonly string[]): boolean {
  return args.includes('--json')
}

function refusesColor(args: readonly string[]): boolean {
  return args.includes('--no-color')
}
