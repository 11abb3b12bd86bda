import type { AccuracyProblem } from '../accuracy/accuracy-problems.js'
import type { Console } from '../console.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { writeAccuracy } from '../report/accuracy-file.js'
import { accuracyText, inexactRows } from '../report/accuracy-text.js'
import { jsonText } from '../report/json-text.js'
import { runSuite } from '../runners/run-suite.js'
import type { RunnerOptions } from '../runners/runner.js'

export interface AccuracyCommand {
  readonly name: 'accuracy'
  readonly problems: readonly AccuracyProblem[]
  readonly options: Pick<RunnerOptions, 'peers' | 'python' | 'seed'>
  /** The folder that the files go to. */
  readonly output: string | undefined
  readonly json: boolean
}

/** Measures errors beside the peers'; fails when a problem fails or is too much less exact. */
export async function measureErrors(command: AccuracyCommand, console: Console): Promise<ExitCode> {
  const { problems, options, output, json } = command
  const { stdout, stderr, signal } = console
  const { openAccuracyRunner } = await import('../runners/accuracy-runner.js')
  const runner = await openAccuracyRunner(options)
  try {
    const { document, failures } = await runSuite('accuracy', problems, runner, stderr, signal)
    stdout.write(json ? jsonText(document) : accuracyText(document))
    if (output !== undefined) {
      stderr.write(`written: ${await writeAccuracy(document, output, runner.machine.folder)}\n`)
    }
    const inexact = inexactRows(document.rows)
    for (const line of inexact) stderr.write(`✗ ${line}\n`)
    if (signal?.aborted) return EXIT.interrupted
    return failures.length + inexact.length > 0 ? EXIT.failed : EXIT.ok
  } finally {
    runner.close()
  }
}
