#!/usr/bin/env node
// Copies the built addons into prebuilds/, from where a packed package loads them.
// usage: node scripts/prebuild.mjs [--strict | --clean]
//   --strict   fails when an addon is not built
//   --clean    removes the copies
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { inspectAddon } from './check-native.mjs'
import { nativePackages } from './native-packages.mjs'

/** The one platform that is built and tested so far. */
const PLATFORM = 'linux-x64-gnu'

function removePrebuilds() {
  for (const { directory } of nativePackages()) {
    rmSync(join(directory, 'prebuilds'), { recursive: true, force: true })
  }
}

/** @returns {{name: string, copied: boolean}[]} for each native package */
function copyPrebuilds() {
  return nativePackages().map(({ name, directory, addon }) => {
    const folder = join(directory, 'prebuilds')
    if (!existsSync(addon)) return { name, copied: false }
    const { faults } = inspectAddon(addon)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    mkdirSync(join(folder, PLATFORM), { recursive: true })
    copyFileSync(addon, join(folder, PLATFORM, basename(addon)))
    return { name, copied: true }
  })
}

removePrebuilds()
if (!process.argv.includes('--clean')) {
  const result = copyPrebuilds()
  for (const { name, copied } of result) console.log(`${copied ? '✓' : '–'} ${name}`)
  if (process.argv.includes('--strict') && result.some(({ copied }) => !copied))
    process.exitCode = 1
}
