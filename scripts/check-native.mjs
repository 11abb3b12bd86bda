#!/usr/bin/env node
// Checks that the built addons load on any machine, and lists the device images in each.
// usage: node scripts/check-native.mjs [file.node…]   (default: every addon that is built)
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readElf } from './binary/read-elf.mjs'
import { readFatbin } from './binary/read-fatbin.mjs'
import { glibcFault } from './check-glibc.mjs'
import { nativePackages } from './native-packages.mjs'

/** Parts of glibc: on every Linux that runs Node. */
const ALLOWED_NEEDED = /^(libc|libm|libdl|librt|libpthread|ld-linux[\w-]*)\.so(\.\d+)?$/

/** What every kernel is compiled for: 8.x, 9.0, and newer devices by PTX. */
const REQUIRED_IMAGES = ['sm_80', 'sm_90a', 'compute_80']

/** @returns {{faults: string[], images: string[], needed: string[]}} of one addon */
export function inspectAddon(path) {
  const { needed, sections } = readElf(path)
  const fatbin = sections.get('.nv_fatbin')
  const images = fatbin ? readFatbin(fatbin) : []
  const faults = needed
    .filter((library) => !ALLOWED_NEEDED.test(library))
    .map((library) => `${basename(path)} needs ${library}, which is not on every machine`)
  if (fatbin) {
    const absent = REQUIRED_IMAGES.filter((image) => !images.includes(image))
    if (absent.length > 0) faults.push(`${basename(path)} has no image for ${absent.join(', ')}`)
  }
  const glibc = glibcFault(path)
  if (glibc) faults.push(glibc)
  return { faults, images, needed }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2)
  const files = given.length > 0 ? given : nativePackages().map(({ addon }) => addon)
  for (const file of files.filter((path) => given.length > 0 || existsSync(path))) {
    const { faults, images, needed } = inspectAddon(file)
    const contents = [`needs ${needed.join(' ')}`, ...(images.length > 0 ? [images.join(' ')] : [])]
    console.log(`${faults.length > 0 ? '✗' : '✓'} ${basename(file)}: ${contents.join('; ')}`)
    for (const fault of faults) console.log(`  ${fault}`)
    if (faults.length > 0) process.exitCode = 1
  }
}
