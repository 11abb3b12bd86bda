import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.js'

const EXAMPLES = `Examples:
  attnkit bench --suite seed-cpu
  attnkit bench --help                     the flags of @attnkit/bench
`

/** Declares `attnkit bench`: every word after it goes to `@attnkit/bench` as it is. */
export function benchCommand(program: Command, context: CommandContext): void {
  program
    .command('bench')
    .description('measure kernels and their peers (needs @attnkit/bench)')
    .addHelpText('before', EXAMPLES)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      const { bench } = await import('./bench.js')
      context.finish(await bench(context))
    })
}
