#!/usr/bin/env node
// Writes the support matrix of the README from the backends' capabilities.
// usage: node scripts/support-matrix.mjs [--check]   (--check: fails when it is not up to date)
import { join } from 'node:path'
import { markdownTable, writeMarkedBlock } from './docs/marked-block.mjs'
import { supportRows } from './docs/support-rows.mjs'
import { ROOT } from './process/root.mjs'

const built = (folder) => import(join(ROOT, 'packages', folder, 'dist', 'index.js'))

const { reference } = await built('core')
const { cpu } = await built('cpu')
const { cudaFlash } = await built('cuda-flash')

const check = process.argv.includes('--check')
const table = markdownTable(supportRows([cudaFlash(), cpu(), reference()]))
const fresh = writeMarkedBlock('README.md', 'support', `\n${table}\n`, check)
if (check && !fresh) {
  console.error('the support matrix of README.md is not up to date: run pnpm tables')
  process.exitCode = 1
}
