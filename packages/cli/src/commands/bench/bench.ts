import { AttentionError } from '@attnkit/core'
import type { CommandContext } from '../../command-context.js'
import type { ExitCode } from '../../exit-codes.js'
import { importOptional } from '../../import-optional.js'

const PACKAGE = '@attnkit/bench'

/** Gives every word after `bench` to `@attnkit/bench`, which prints and decides the exit code. */
export async function bench({ args, session }: CommandContext): Promise<ExitCode> {
  const found = await importOptional(PACKAGE, () => import('@attnkit/bench'), session.directory)
  if (found === null) throw notInstalled()
  return found.main(args.slice(args.indexOf('bench') + 1), session)
}

function notInstalled(): AttentionError {
  const reason = {
    backend: PACKAGE,
    code: 'not-installed',
    subject: PACKAGE,
    found: 'not installed',
    required: `${PACKAGE}, which measures kernels`,
    remedy: `npm i ${PACKAGE}`,
  } as const
  const message = `bench: ${PACKAGE} is not installed\n  fix: ${reason.remedy}`
  return new AttentionError('backend-unavailable', message, {
    operator: 'bench',
    reasons: [reason],
  })
}
