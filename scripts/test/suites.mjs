import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { logFile, ROOT } from '../process/root.mjs'
import { runLogged, tail } from '../process/run-logged.mjs'
import { reportTotals, totalsLine } from './totals.mjs'

const LIMIT_SECONDS = 600

/** The workspace's folders that have tests. */
export function testSuites() {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => ({ name, directory: join(ROOT, parent, name) })),
  )
  folders.push({ name: 'tests', directory: join(ROOT, 'tests') })
  return folders.filter(({ directory }) => existsSync(join(directory, 'test')))
}

/** Runs one suite, prints a line about it, and returns its totals. */
export async function runSuite({ name, directory }, env) {
  const log = logFile(`test-${name}`)
  const report = log.replace(/\.log$/, '.json')
  rmSync(report, { force: true })
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const result = await runLogged(process.execPath, [vitest, 'run', ...reporters], {
    cwd: directory,
    env: { ...env, NO_COLOR: '1' },
    log,
    limitSeconds: LIMIT_SECONDS,
  })
  const totals = reportTotals(readReport(report), result.ok)
  const mark = totals.failed > 0 ? '✗' : '✓'
  console.log(`${mark} ${name.padEnd(14)} ${totalsLine(totals)} (${result.seconds.toFixed(1)} s)`)
  if (totals.failed > 0) console.log(`${tail(log, 60)}\n  the whole log: ${log}`)
  return totals
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
