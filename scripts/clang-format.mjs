#!/usr/bin/env node
// Checks the layout of C++ and CUDA sources, or with --write corrects it. Says so when clang-format
// is not installed; nothing is checked then.
import { spawnSync } from 'node:child_process'
import { ROOT } from './process/root.mjs'
import { findTool } from './toolchain/find-tool.mjs'

const NAMES = ['clang-format', ...[21, 20, 19, 18, 17, 16, 15].map((v) => `clang-format-${v}`)]
const PATTERNS = ['*.cc', '*.cu', '*.cuh', '*.h'].map((suffix) => `packages/**/${suffix}`)

const tool = findTool(NAMES)
if (tool) {
  const listed = spawnSync('git', ['ls-files', ...PATTERNS], { cwd: ROOT, encoding: 'utf8' })
  const files = listed.stdout.split('\n').filter(Boolean)
  const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror']
  const args = [...mode, '--style=file', ...files]
  const done = files.length > 0 ? spawnSync(tool.name, args, { cwd: ROOT, stdio: 'inherit' }) : null
  process.exitCode = done?.status ?? 0
  console.log(`clang-format ${tool.version}: ${files.length} files`)
} else {
  console.log('clang-format is not installed: C++ and CUDA sources are not checked')
}
