import { OPERATORS } from '@attnkit/core'
import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.js'
import { choice } from '../../flags.js'
import { addPolicyFlags, type PolicyFlags } from '../../policy-flags.js'
import { addProblemFlags, type ProblemFlags } from '../../problem-flags.js'

const EXAMPLES = `Examples:
  attnkit explain --seqlen-q 4096 --heads 32 --kv-heads 8 --head-dim 128 --causal
  attnkit explain --seqlen-q 2048 --head-dim 128 --layout bsn3h --as h200      needs no GPU
  attnkit explain --seqlen-q 1 --past 8191 --heads 32 --policy onnxruntime
  attnkit explain --operator GroupQueryAttention --seqlen-q 1 --past 4095 --heads 32 --kv-heads 8
`

/** Flags of `explain`, as commander gives them. */
export interface ExplainFlags extends ProblemFlags, PolicyFlags {
  readonly as?: string
  readonly operator?: string
  readonly location?: 'host' | 'cuda'
}

/** Declares `attnkit explain`. */
export function explainCommand(program: Command, { session, finish }: CommandContext): void {
  const command = program
    .command('explain')
    .description('which kernel would run a problem, and all reasons why the others would not')
    .addHelpText('before', EXAMPLES)
  addPolicyFlags(addProblemFlags(command))
    .addOption(
      choice('--operator <name>', 'decide for what a call of it comes to', [...OPERATORS.keys()]),
    )
    .option('--as <gpu>', 'decide for a GPU that has a tuning file, e.g. h200 or a100')
    .addOption(choice('--location <place>', 'where the tensors are', ['host', 'cuda']))
    .action(async (flags: ExplainFlags) => {
      const { explain } = await import('./explain.js')
      finish(await explain(flags, session))
    })
}
