#!/usr/bin/env node
// Checks the layout of C++ and CUDA sources, or with --write corrects it. Versions of clang-format
// differ in details: the one named here decides, another one only tells, and without one nothing is
// checked and that is said.
import { spawnSync } from 'node:child_process'
import { ROOT } from './process/root.mjs'
import { findTool } from './toolchain/find-tool.mjs'

const DECIDING_MAJOR = '14'
const NAMES = [`clang-format-${DECIDING_MAJOR}`, 'clang-format']
const PATTERNS = ['*.cc', '*.cu', '*.cuh', '*.h'].map((suffix) => `packages/**/${suffix}`)

function sources() {
  const listed = spawnSync('git', ['ls-files', ...PATTERNS], { cwd: ROOT, encoding: 'utf8' })
  return listed.stdout.split('\n').filter(Boolean)
}

/** @returns {number} the exit code */
function format({ name, version }, write) {
  const files = sources()
  if (files.length === 0) return 0
  const args = [...(write ? ['-i'] : ['--dry-run', '--Werror']), '--style=file', ...files]
  const { status } = spawnSync(name, args, { cwd: ROOT, stdio: 'inherit' })
  console.log(`clang-format ${version}: ${files.length} files`)
  if (write || version.split('.')[0] === DECIDING_MAJOR) return status ?? 1
  console.log(`version ${DECIDING_MAJOR} decides: what this one says is no failure`)
  return 0
}

const tool = findTool(NAMES)
if (tool) process.exitCode = format(tool, process.argv.includes('--write'))
else console.log('clang-format is not installed: C++ and CUDA sources are not checked')
