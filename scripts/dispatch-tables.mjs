#!/usr/bin/env node
// Writes the tables of docs/dispatch.md from the order of ONNX Runtime and its variables.
// usage: node scripts/dispatch-tables.mjs [--check]   (--check: fails when it is not up to date)
import { join } from 'node:path'
import { orderRows, variableRows } from './docs/dispatch-rows.mjs'
import { markdownTable, writeMarkedBlock } from './docs/marked-block.mjs'
import { ROOT } from './process/root.mjs'

const { ONNXRUNTIME_ORDER, ONNXRUNTIME_VARIABLES } = await import(
  join(ROOT, 'packages', 'core', 'dist', 'index.js')
)

const check = process.argv.includes('--check')
const tables = {
  order: orderRows(ONNXRUNTIME_ORDER, ONNXRUNTIME_VARIABLES),
  variables: variableRows(ONNXRUNTIME_VARIABLES),
}
const fresh = Object.entries(tables).map(([name, rows]) =>
  writeMarkedBlock('docs/dispatch.md', name, `\n${markdownTable(rows)}\n`, check),
)
if (check && fresh.includes(false)) {
  console.error('docs/dispatch.md is not up to date: run pnpm tables')
  process.exitCode = 1
}
