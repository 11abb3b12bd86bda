#!/usr/bin/env node
// Compiles the addon of one package, and fails when the file would not load everywhere.
// usage: node ../../scripts/build-addon.mjs [--out folder]   (in the package's folder)
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { inspectAddon } from './check-native.mjs'
import { buildJobs } from './toolchain/jobs.mjs'
import { findToolchain, missingLine } from './toolchain/toolchain.mjs'

const directory = process.cwd()
const out = process.argv[2] === '--out' ? resolve(process.argv[3]) : join(directory, 'build')
const addon = join(out, 'Release', `${basename(directory)}.node`)

const toolchain = findToolchain()
if (toolchain.missing.length > 0) fail(missingLine(toolchain))
forgetOtherBuild()
compile()
const { faults } = inspectAddon(addon)
if (faults.length > 0) {
  rmSync(addon)
  fail(faults.join('\n'))
}

/** A build folder made by another generator, or moved from another place, cannot be configured again. */
function forgetOtherBuild() {
  const cache = join(out, 'CMakeCache.txt')
  if (!existsSync(cache)) return
  const entries = readFileSync(cache, 'utf8')
  const value = (key) => new RegExp(`^${key}:\\w+=(.*)$`, 'm').exec(entries)?.[1]
  const generator = toolchain.ninja ? 'Ninja' : 'Unix Makefiles'
  const sameProgram = existsSync(value('CMAKE_MAKE_PROGRAM') ?? '')
  if (
    value('CMAKE_GENERATOR') === generator &&
    sameProgram &&
    value('CMAKE_HOME_DIRECTORY') === directory
  )
    return
  rmSync(out, { recursive: true })
}

function compile() {
  const require = createRequire(join(directory, 'package.json'))
  const cmakeJs = join(dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js')
  const args = [cmakeJs, 'compile', '--out', out, '--parallel', String(buildJobs())]
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) fail(`cmake-js compile: ${error?.message ?? `exit code ${status}`}`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
