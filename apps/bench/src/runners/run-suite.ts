import { isAttentionError } from '@attnkit/core'
import { currentCommit } from '../machine/commit.js'
import { ownVersions } from '../machine/own-versions.js'
import { messageOf } from '../message-of.js'
import type { Output } from '../report/progress-bar.js'
import { ProgressBar } from '../report/progress-bar.js'
import { type ResultDocument, type ResultRow, SCHEMA_VERSION } from '../report/result.js'
import { type BenchShape, shapeLabel } from '../suites/bench-shape.js'
import type { SuiteRunner } from './runner.js'

export interface SuiteRun {
  readonly document: ResultDocument
  /** What failed: the row and why. */
  readonly failures: readonly string[]
}

/**
 * Measures `shapes` one after the other. A row that fails is told on `log` and left out; a lost device
 * ends the run, and `signal` ends it after the row in hand.
 */
export async function runSuite(
  suite: string,
  shapes: readonly BenchShape[],
  runner: SuiteRunner,
  log: Output,
  signal?: AbortSignal,
): Promise<SuiteRun> {
  const bar = new ProgressBar(log, shapes.length)
  const rows: ResultRow[] = []
  const failures: string[] = []
  const tell = (line: string): void => {
    bar.clear()
    log.write(`${line}\n`)
  }
  for (const note of runner.notes) tell(note)
  for (const shape of shapes) {
    if (signal?.aborted) break
    bar.show(shapeLabel(shape))
    try {
      const measured = await runner.measure(shape)
      rows.push(...measured.rows)
      for (const note of measured.notes) tell(note)
    } catch (error) {
      failures.push(`${shapeLabel(shape)}: ${messageOf(error)}`)
      tell(`✗ ${failures.at(-1)}`)
      if (isAttentionError(error) && error.code === 'device-lost') break
    }
    bar.advance()
  }
  bar.clear()
  return { document: await documentOf(suite, runner, rows), failures }
}

async function documentOf(
  suite: string,
  runner: SuiteRunner,
  rows: readonly ResultRow[],
): Promise<ResultDocument> {
  const { device, driver, cuda, finish } = runner.machine
  return {
    schema_version: SCHEMA_VERSION,
    suite,
    device,
    driver,
    cuda,
    commit: await currentCommit(),
    date: new Date().toISOString(),
    clocks: await finish(),
    versions: { ...ownVersions(), ...runner.versions },
    rows,
  }
}
