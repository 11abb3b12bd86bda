import { isAttentionError } from '@attnkit/core'
import { currentCommit } from '../machine/commit.js'
import { ownVersions } from '../machine/own-versions.js'
import { messageOf } from '../message-of.js'
import type { Output } from '../report/progress-bar.js'
import { ProgressBar } from '../report/progress-bar.js'
import { type ResultDocument, SCHEMA_VERSION } from '../report/result.js'
import type { SuiteRunner } from './runner.js'

export interface SuiteRun<Row> {
  readonly document: ResultDocument<Row>
  /** What failed: the row and why. */
  readonly failures: readonly string[]
}

/**
 * Measures `items` one after the other. One that fails is told on `log` and left out; a lost device
 * ends the run, and `signal` ends it after the row in hand.
 */
export async function runSuite<Item, Row>(
  suite: string,
  items: readonly Item[],
  runner: SuiteRunner<Item, Row>,
  log: Output,
  signal?: AbortSignal,
): Promise<SuiteRun<Row>> {
  const bar = new ProgressBar(log, items.length)
  const rows: Row[] = []
  const failures: string[] = []
  const tell = (line: string): void => {
    bar.clear()
    log.write(`${line}\n`)
  }
  for (const note of runner.notes) tell(note)
  for (const item of items) {
    if (signal?.aborted) break
    bar.show(runner.label(item))
    try {
      const measured = await runner.measure(item)
      rows.push(...measured.rows)
      for (const note of measured.notes) tell(note)
    } catch (error) {
      failures.push(`${runner.label(item)}: ${messageOf(error)}`)
      tell(`✗ ${failures.at(-1)}`)
      if (isAttentionError(error) && error.code === 'device-lost') break
    }
    bar.advance()
  }
  bar.clear()
  return { document: await documentOf(suite, runner, rows), failures }
}

async function documentOf<Row>(
  suite: string,
  runner: Pick<SuiteRunner, 'machine' | 'versions'>,
  rows: readonly Row[],
): Promise<ResultDocument<Row>> {
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
