import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.js'
import { wholeNumber } from '../../flags.js'

const EXAMPLES = `Examples:
  attnkit verify                                   the backend that calls would run on
  attnkit verify --backend cuda-flash --problems 400
  attnkit verify --filter causal --seed 7          repeats a case by its seed
  attnkit verify --onnx onnx/backend/test/data/node --filter attention
`

/** Flags of `verify`, as commander gives them. */
export interface VerifyFlags {
  readonly backend?: string
  readonly problems: number
  readonly seed: number
  readonly filter?: string
  readonly threads?: number
  readonly allowUnsupported?: boolean
  readonly onnx?: readonly string[]
}

/** Declares `attnkit verify`. */
export function verifyCommand(program: Command, { session, finish }: CommandContext): void {
  program
    .command('verify')
    .description('compare a backend with float64 attention, or with what ONNX node tests expect')
    .addHelpText('before', EXAMPLES)
    .option('--backend <name>', 'the backend to verify (default: the first that is ready)')
    .option('--problems <n>', 'random problems, beside the chosen cases', wholeNumber(0), 100)
    .option('--seed <n>', 'of the random problems', wholeNumber(0), 1)
    .option('--filter <text>', 'only cases whose name has this in it')
    .option('--threads <n>', 'threads of a backend of the host', wholeNumber(1))
    .option('--allow-unsupported', 'problems that the backend refuses are no failure')
    .addOption(onnxOption())
    .action(async (flags: VerifyFlags) => {
      if (flags.onnx !== undefined) {
        const { verifyOnnx } = await import('./onnx/verify-onnx.js')
        return finish(await verifyOnnx(flags.onnx, flags, session))
      }
      const { verify } = await import('./verify.js')
      finish(await verify(flags, session))
    })
}

function onnxOption(): Option {
  const text = 'run the ONNX node tests below these folders, instead of problems'
  return new Option('--onnx <dir...>', text).conflicts(['problems', 'seed'])
}
