import { relative } from 'node:path'
import { logFile, ROOT } from '../process/root.mjs'
import { runLogged, tail } from '../process/run-logged.mjs'
import { addTotals } from './totals.mjs'

/** Everything that is checked without running a test; each counts as one. */
const CHECKS = [
  ['lint', 'pnpm', ['exec', 'biome', 'check', '.']],
  ['unused', 'pnpm', ['exec', 'knip']],
  ['clang-format', process.execPath, ['scripts/clang-format.mjs']],
  ['typecheck', 'pnpm', ['exec', 'turbo', 'run', 'typecheck', '--output-logs=errors-only']],
  ['native-files', process.execPath, ['scripts/check-native.mjs']],
  ['table-support', process.execPath, ['scripts/support-matrix.mjs', '--check']],
  ['table-results', process.execPath, ['scripts/readme-table.mjs', '--check']],
  ['table-native-build', process.execPath, ['scripts/native-build-table.mjs', '--check']],
  ['table-operators', process.execPath, ['scripts/operators-doc.mjs', '--check']],
  ['table-dispatch', process.execPath, ['scripts/dispatch-tables.mjs', '--check']],
]

export async function runChecks(env) {
  const totals = []
  for (const [name, program, args] of CHECKS) totals.push(await runCheck(name, program, args, env))
  return addTotals(totals)
}

async function runCheck(name, program, args, env) {
  const result = await runLogged(program, args, { env, log: logFile(name) })
  console.log(`${result.ok ? '✓' : '✗'} ${name} (${result.seconds.toFixed(1)} s)`)
  if (!result.ok) {
    console.log(`${tail(result.log, 60)}\n  the whole log: ${relative(ROOT, result.log)}`)
  }
  return { passed: result.ok ? 1 : 0, failed: result.ok ? 0 : 1, skipped: 0 }
}
