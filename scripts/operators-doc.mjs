#!/usr/bin/env node
// Writes docs/operators.md from the declarations and rules of the operators.
// usage: node scripts/operators-doc.mjs [--check]   (--check: fails when it is not up to date)
import { join } from 'node:path'
import { markdownTable, writeMarkedBlock } from './docs/marked-block.mjs'
import { operatorSection } from './docs/operator-section.mjs'
import { ROOT } from './process/root.mjs'

const { OPERATORS } = await import(join(ROOT, 'packages', 'core', 'dist', 'index.js'))

const operators = [...OPERATORS.values()]
const [first, ...others] = operators
/** Rules that every operator has, with the same words. */
const shared = Object.keys(first.rules).filter((rule) =>
  others.every(({ rules }) => rules[rule] === first.rules[rule]),
)
const sharedTable = markdownTable([
  ['rule', 'what it says'],
  ...shared.map((rule) => [rule, first.rules[rule]]),
])
const sections = operators.map((operator) => operatorSection(operator, shared))
const text = ['', sharedTable, ...sections, ''].join('\n\n').slice(1, -1)

const check = process.argv.includes('--check')
const fresh = writeMarkedBlock('docs/operators.md', 'operators', text, check)
if (check && !fresh) {
  console.error('docs/operators.md is not up to date: run pnpm tables')
  process.exitCode = 1
}
