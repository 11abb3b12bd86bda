#!/usr/bin/env node
// Fails when an addon needs a newer glibc than the oldest one that attnkit supports.
// usage: node scripts/check-glibc.mjs [file.node…]   (default: every addon that is built)
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readElf } from './binary/read-elf.mjs'
import { nativePackages } from './native-packages.mjs'
import { atLeast } from './toolchain/find-tool.mjs'

export const NEWEST_GLIBC = '2.35'

/** The highest glibc version that a file requires, e.g. `2.17`; null when it requires none. */
export function requiredGlibc(path) {
  const versions = readElf(path)
    .versions.map(({ version }) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(version)?.[1])
    .filter(Boolean)
  return versions.reduce((top, v) => (top !== null && atLeast(top, v) ? top : v), null)
}

/** What is wrong with the file, or null. */
export function glibcFault(path) {
  const required = requiredGlibc(path)
  if (required === null || atLeast(NEWEST_GLIBC, required)) return null
  return `${basename(path)} requires glibc ${required}, at most ${NEWEST_GLIBC} is allowed`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2)
  const files = given.length > 0 ? given : nativePackages().map(({ addon }) => addon)
  for (const file of files.filter((path) => given.length > 0 || existsSync(path))) {
    const fault = glibcFault(file)
    if (fault) process.exitCode = 1
    console.log(fault ? `✗ ${fault}` : `✓ ${basename(file)} glibc ${requiredGlibc(file) ?? 'any'}`)
  }
}
