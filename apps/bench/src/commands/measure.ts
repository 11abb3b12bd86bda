import type { Console } from '../console.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { jsonText } from '../report/json-text.js'
import { provenance } from '../report/markdown.js'
import { meansText } from '../report/means-text.js'
import type { ResultDocument } from '../report/result.js'
import { writeResult } from '../report/result-file.js'
import { rowColumns } from '../report/row-columns.js'
import { textTable } from '../report/text-table.js'
import { wrongRows } from '../report/wrong-rows.js'
import { runSuite } from '../runners/run-suite.js'
import type { RunnerOptions, SuiteRunner } from '../runners/runner.js'
import type { Suite } from '../suites/suites.js'

export interface MeasureCommand {
  readonly name: 'run'
  readonly suite: Suite
  readonly rows: Suite['rows']
  readonly options: RunnerOptions
  /** The folder that the result files go to. */
  readonly output: string | undefined
  readonly json: boolean
}

/** Measures a suite and reports it; fails when a row fails or is wrong. */
export async function measure(command: MeasureCommand, console: Console): Promise<ExitCode> {
  const { suite, rows, output, json } = command
  const { stdout, stderr, signal } = console
  const runner = await openRunner(command)
  try {
    const { document, failures } = await runSuite(suite.name, rows, runner, stderr, signal)
    stdout.write(json ? jsonText(document) : documentText(document))
    if (output !== undefined) {
      const path = await writeResult(document, output, runner.machine.folder)
      stderr.write(`written: ${path}\n`)
    }
    const wrong = wrongRows(document.rows)
    for (const line of wrong) stderr.write(`✗ ${line}\n`)
    if (signal?.aborted) return EXIT.interrupted
    return failures.length + wrong.length > 0 ? EXIT.failed : EXIT.ok
  } finally {
    runner.close()
  }
}

/** The modules of the other device are not even loaded. */
async function openRunner({ suite, options }: MeasureCommand): Promise<SuiteRunner> {
  if (suite.location === 'host') {
    const { openHostRunner } = await import('../runners/host-runner.js')
    return openHostRunner(options)
  }
  const { openCudaRunner } = await import('../runners/cuda-runner.js')
  return openCudaRunner(options)
}

function documentText(document: ResultDocument): string {
  if (document.rows.length === 0) return 'no row was measured\n'
  const table = textTable(rowColumns(document), document.rows)
  return `${[provenance(document), '', table, '', ...meansText(document)].join('\n')}\n`
}
