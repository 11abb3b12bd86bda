import { relative } from 'node:path'
import { ROOT } from './root.mjs'
import { runLogged, tail } from './run-logged.mjs'

/** A step that failed: `message` says why, `log` is where its output is. */
export class StepError extends Error {
  constructor(message, log) {
    super(message)
    this.log = log
  }
}

/** Says what is done, does it, and says how long it took. A text that it returns is added. */
export async function step(title, action) {
  const started = performance.now()
  process.stdout.write(`${title} … `)
  try {
    const note = await action()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${seconds} s${typeof note === 'string' && note ? ` (${note})` : ''}`)
  } catch (error) {
    console.log('failed')
    throw error
  }
}

/** Runs a command as a step's action; its failure is a {@link StepError}. */
export async function command(name, args, options) {
  const result = await runLogged(name, args, options)
  if (!result.ok) throw new StepError(`${name} ${args.join(' ')}: ${result.reason}`, result.log)
}

/** Prints why a step failed, with the end of its log. */
export function printFailure(error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : error}`)
  if (!(error instanceof StepError)) {
    if (error instanceof Error) console.error(error.stack)
    return
  }
  if (!error.log) return
  console.error(indent(tail(error.log)))
  console.error(`  the whole log: ${relative(ROOT, error.log)}`)
}

function indent(text) {
  return text.replace(/^/gm, '  │ ')
}
