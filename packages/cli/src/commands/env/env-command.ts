import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.js'

const EXAMPLES = `Examples:
  attnkit env
  attnkit env --json > env.json            attach it to a report
`

/** Declares `attnkit env`. */
export function envCommand(program: Command, { session, finish }: CommandContext): void {
  program
    .command('env')
    .description('versions, processor, GPUs, driver, native files, and the variables that matter')
    .addHelpText('before', EXAMPLES)
    .action(async () => {
      const { env } = await import('./env.js')
      finish(await env(session))
    })
}
