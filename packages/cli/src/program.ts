import { Command } from 'commander'
import type { CommandContext } from './command-context.js'
import { benchCommand } from './commands/bench/bench-command.js'
import { doctorCommand } from './commands/doctor/doctor-command.js'
import { envCommand } from './commands/env/env-command.js'
import { explainCommand } from './commands/explain/explain-command.js'
import { kernelsCommand } from './commands/kernels/kernels-command.js'
import { runCommand } from './commands/run/run-command.js'
import { verifyCommand } from './commands/verify/verify-command.js'
import { VERSION } from './version.js'

const EXAMPLES = `Examples:
  attnkit doctor                                        which backends work here, and why not the others
  attnkit explain --seqlen-q 2048 --heads 32 --head-dim 128 --dtype float16 --as h200
  attnkit verify --backend cpu                          random problems against float64
`

/**
 * The command line as commander knows it. Commands declare their flags here and import the rest when
 * they run, so that help and faults come at once.
 */
export function buildProgram(context: CommandContext): Command {
  const { args, session } = context
  const program = new Command('attnkit')
    .description('Which attention kernel runs on this machine, why, and whether it is right.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--json', 'print one JSON document')
    .option('--no-color', 'print without colour; NO_COLOR and FORCE_COLOR are obeyed too')
    .addHelpText('before', EXAMPLES)
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(commanderOutput(args, session))
    .exitOverride()
  doctorCommand(program, context)
  kernelsCommand(program, context)
  explainCommand(program, context)
  runCommand(program, context)
  verifyCommand(program, context)
  benchCommand(program, context)
  envCommand(program, context)
  return program
}

/** Help goes to its stream; the sentence about a fault is printed by `reportError`, once. */
function commanderOutput(args: readonly string[], { stdout, stderr }: CommandContext['session']) {
  return {
    writeOut: (text: string) => stdout.write(text),
    writeErr: (text: string) => {
      if (!args.includes('--json') && !text.startsWith('error: ')) stderr.write(text)
    },
    getOutHelpWidth: () => stdout.columns,
    getErrHelpWidth: () => stderr.columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  }
}
