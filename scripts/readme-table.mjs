#!/usr/bin/env node
// Writes the measured tables of the README and the docs from the result files of the bench app.
// usage: node scripts/readme-table.mjs [--check]   (--check: fails when they are not up to date)
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeMarkedBlock } from './docs/marked-block.mjs'
import { ROOT } from './process/root.mjs'

const BENCH = join(ROOT, 'apps', 'bench')
const {
  accuracyTable,
  accuracyWorst,
  markdownRows,
  meansText,
  provenance,
  readAccuracy,
  readResult,
  summaryTable,
} = await import(join(BENCH, 'dist', 'index.js'))

const RESULTS = [
  { name: 'seed', file: 'nvidia-h200/seed.json' },
  { name: 'seed-exact', file: 'nvidia-h200/seed-exact.json' },
  { name: 'causal', file: 'nvidia-h200/causal.json' },
  { name: 'decode', file: 'nvidia-h200/decode.json' },
  { name: 'seed-cpu', file: 'cpu-x64/seed-cpu.json' },
  { name: 'projection-cpu', file: 'cpu-x64/projection-cpu.json' },
  { name: 'decode-cpu', file: 'cpu-x64/decode-cpu.json' },
  { name: 'half-cpu', file: 'cpu-x64/half-cpu.json' },
]

/** What a document shows of a result: the README its sums, the docs every row. */
const DOCUMENTS = [
  { document: 'README.md', text: (result) => [summaryTable(result), ...endOf(result)] },
  { document: 'docs/benchmarks.md', text: (result) => [markdownRows(result), ...endOf(result)] },
]

function endOf(result) {
  const means = meansText(result).map((line) => `- ${line}`)
  return ['', ...means, '', `Measured on ${provenance(result)}.`]
}

/** Errors instead of speeds. */
const ACCURACY = { name: 'accuracy', file: 'nvidia-h200/accuracy.json' }

function accuracyText(result) {
  const worst = accuracyWorst(result.rows).map((line) => `- ${line}`)
  return [accuracyTable(result), '', ...worst, '', `Measured on ${provenance(result)}.`]
}

function hasMarker(document, name) {
  return readFileSync(join(ROOT, document), 'utf8').includes(`<!-- table:${name} -->`)
}

const check = process.argv.includes('--check')

/** Writes, or with --check compares, what each document shows of the result file. */
async function writeTables({ name, file }, read, documents) {
  const path = join(BENCH, 'results', file)
  const result = existsSync(path) ? await read(path) : null
  for (const { document, text } of documents) {
    if (!hasMarker(document, name)) continue
    const lines = result ? text(result) : [`Not measured yet: there is no \`${file}\`.`]
    const fresh = writeMarkedBlock(document, name, ['', ...lines, ''].join('\n'), check)
    if (fresh || !check) continue
    console.error(`the table ${name} of ${document} is not up to date: run pnpm tables`)
    process.exitCode = 1
  }
}

for (const result of RESULTS) await writeTables(result, readResult, DOCUMENTS)
const documents = DOCUMENTS.map(({ document }) => ({ document, text: accuracyText }))
await writeTables(ACCURACY, readAccuracy, documents)
