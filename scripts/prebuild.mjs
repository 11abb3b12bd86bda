#!/usr/bin/env node
// Copies the built addons into prebuilds/, from where a packed package loads them.
// usage: node scripts/prebuild.mjs [--strict]   (--strict: fails when an addon is not built)
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspectAddon } from './check-native.mjs'
import { nativePackages } from './native-packages.mjs'

/** The one platform that is built and tested so far. */
const PLATFORM = 'linux-x64-gnu'

/** @returns {{name: string, copied: boolean}[]} for each native package */
export function copyPrebuilds() {
  return nativePackages().map(({ name, directory, addon }) => {
    const folder = join(directory, 'prebuilds')
    rmSync(folder, { recursive: true, force: true })
    if (!existsSync(addon)) return { name, copied: false }
    const { faults } = inspectAddon(addon)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    mkdirSync(join(folder, PLATFORM), { recursive: true })
    copyFileSync(addon, join(folder, PLATFORM, basename(addon)))
    return { name, copied: true }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = copyPrebuilds()
  for (const { name, copied } of result) console.log(`${copied ? '✓' : '–'} ${name}`)
  if (process.argv.includes('--strict') && result.some(({ copied }) => !copied))
    process.exitCode = 1
}
