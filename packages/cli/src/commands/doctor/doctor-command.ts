import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.js'
import { collect, wholeNumber } from '../../flags.js'

const EXAMPLES = `Examples:
  attnkit doctor
  attnkit doctor --require cuda-flash      exits with 3 unless it is ready: for CI and start scripts
  attnkit doctor --isolated                survives a driver that crashes or hangs
`

const DEFAULT_TIMEOUT_S = 30

/** Flags of `doctor`, as commander gives them. */
export interface DoctorFlags {
  readonly require?: readonly string[]
  readonly isolated?: boolean
  readonly timeout: number
  /** Of the child process of an isolated probe: the one backend to look at. */
  readonly probe?: string
}

/** Declares `attnkit doctor`. */
export function doctorCommand(program: Command, { session, finish }: CommandContext): void {
  program
    .command('doctor')
    .description('which backends work on this machine, why not the others, and what to do')
    .addHelpText('before', EXAMPLES)
    .option('--require <backend>', 'exit with 3 unless it is ready; may be repeated', collect)
    .option('--isolated', 'probe in a child process, for drivers that crash or hang')
    .option(
      '--timeout <seconds>',
      'how long an isolated probe may take',
      wholeNumber(1),
      DEFAULT_TIMEOUT_S,
    )
    .addOption(new Option('--probe <backend>').hideHelp())
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('./doctor.js')
      finish(await doctor(flags, session))
    })
}
