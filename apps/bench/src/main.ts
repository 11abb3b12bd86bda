import { isAttentionError } from '@attnkit/core'
import { type Command, parseCommandLine } from './command-line.js'
import { compareFiles } from './commands/compare-files.js'
import { list } from './commands/list.js'
import { measure } from './commands/measure.js'
import { measureErrors } from './commands/measure-errors.js'
import { summarize } from './commands/summarize.js'
import type { Console } from './console.js'
import { BenchError, EXIT, type ExitCode } from './exit-codes.js'
import { HELP } from './help-text.js'
import { jsonText } from './report/json-text.js'

/**
 * Runs `attnkit-bench` with `args`, the words after its name, and resolves to the exit code. Never throws
 * and never ends the process.
 */
export async function main(args: readonly string[], console: Console): Promise<ExitCode> {
  try {
    return await run(parseCommandLine(args), console)
  } catch (error) {
    const exitCode = exitCodeOf(error)
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    const text = exitCode === EXIT.bug ? (stack ?? message) : message
    if (args.includes('--json')) {
      const fault = { exit_code: exitCode, message: text }
      console.stdout.write(jsonText({ schema_version: 1, error: fault }))
    } else {
      console.stderr.write(`attnkit-bench: ${text}\n`)
    }
    return exitCode
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof BenchError) return error.exitCode
  if (!isAttentionError(error) || error.code === 'internal') return EXIT.bug
  if (error.code === 'no-backend-supports') return EXIT.unsupported
  return error.code === 'backend-unavailable' ? EXIT.unavailable : EXIT.device
}

function run(command: Command, console: Console): ExitCode | Promise<ExitCode> {
  switch (command.name) {
    case 'help':
      console.stdout.write(HELP)
      return EXIT.ok
    case 'list':
      return list(command, console)
    case 'compare':
      return compareFiles(command, console)
    case 'summary':
      return summarize(command, console)
    case 'accuracy':
      return measureErrors(command, console)
    case 'run':
      return measure(command, console)
  }
}
