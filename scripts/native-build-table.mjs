#!/usr/bin/env node
// Writes the table of docs/building.md from docs/native-build.json.
// usage: node scripts/native-build-table.mjs [--check]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable, writeMarkedBlock } from './docs/marked-block.mjs'
import { ROOT } from './process/root.mjs'

const result = JSON.parse(readFileSync(join(ROOT, 'docs', 'native-build.json'), 'utf8'))
const check = process.argv.includes('--check')

const rows = result.packages.map((one) => [
  `\`${one.name}\``,
  `${one.seconds} s`,
  `${one.largest_process} ${one.largest_process_mb} MB`,
])
const table = markdownTable([
  ['package', 'time', 'largest compiler process'],
  ...rows,
  ['all', `${result.seconds} s`, `${result.largest_process_mb} MB`],
])
const where = `Measured ${result.date} with ${result.jobs} jobs on ${result.processor}: ${result.tools}.`
const fresh = writeMarkedBlock(
  'docs/building.md',
  'native-build',
  `\n${table}\n\n${where}\n`,
  check,
)
if (check && !fresh) {
  console.error('docs/building.md is not up to date: run pnpm tables')
  process.exitCode = 1
}
