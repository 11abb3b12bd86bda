import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.js'

const EXAMPLES = `Examples:
  attnkit kernels
  attnkit kernels --backend cuda-flash
  attnkit kernels --json | jq '.backends[] | {name, variants: .capabilities.variants}'
`

/** Flags of `kernels`, as commander gives them. */
export interface KernelsFlags {
  readonly backend?: string
}

/** Declares `attnkit kernels`. */
export function kernelsCommand(program: Command, { session, finish }: CommandContext): void {
  program
    .command('kernels')
    .description('what every backend can do, and its kernels, from the tables that dispatch uses')
    .addHelpText('before', EXAMPLES)
    .option('--backend <name>', 'show this one only')
    .action(async (flags: KernelsFlags) => {
      const { kernels } = await import('./kernels.js')
      finish(await kernels(flags, session))
    })
}
