#!/usr/bin/env node
// Writes native/generated/ from the variants that tuning/*.json name: the table of the addon, one
// translation unit a head dim, and their list for CMake. With --check it only compares.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const generated = join(root, 'native/generated')
const header = '// Written by scripts/generate-variants.mjs from tuning/*.json.\n'
const ELEMENTS = { f16: '__half', bf16: '__nv_bfloat16' }

function readVariants() {
  const files = readdirSync(join(root, 'tuning')).filter((name) => name.endsWith('.json'))
  const all = files
    .sort()
    .flatMap((name) => JSON.parse(readFileSync(join(root, 'tuning', name), 'utf8')).variants)
  return [...new Map(all.map((variant) => [nameOf(variant), variant])).values()]
}

function nameOf(v) {
  return `${v.family}-d${v.head_dim}-m${v.warps * v.warp_m}n${v.block_n}`
}

function traitsOf(v, element) {
  const { head_dim, warps, warp_m, block_n, stages, min_blocks, queries_in_registers } = v
  return [element, head_dim, warps, warp_m, block_n, stages, min_blocks, queries_in_registers].join(
    ', ',
  )
}

function render(variants) {
  const files = new Map()
  const entries = variants.flatMap((v) =>
    Object.entries(ELEMENTS).map(
      ([suffix, element]) =>
        `ATTNKIT_FA2_VARIANT("${nameOf(v)}-${suffix}", ${traitsOf(v, element)})\n`,
    ),
  )
  files.set('variants.inc', header + entries.join(''))
  const sources = []
  for (const dim of new Set(variants.map((v) => v.head_dim))) {
    const lines = variants
      .filter((v) => v.head_dim === dim)
      .flatMap((v) =>
        Object.values(ELEMENTS).map((e) => `ATTNKIT_FA2_INSTANTIATE(${traitsOf(v, e)})\n`),
      )
    const name = `fa2_sm80_d${dim}.cu`
    files.set(name, `${header}#include "kernels/fa2_launch.cuh"\n\n${lines.join('')}`)
    sources.push(name)
  }
  files.set(
    'sources.cmake',
    `${header.replace('//', '#')}set(ATTNKIT_FLASH_GENERATED\n${sources.map((s) => `  native/generated/${s}\n`).join('')})\n`,
  )
  return files
}

function differences(files) {
  const present = new Map(
    readdirSync(generated).map((name) => [name, readFileSync(join(generated, name), 'utf8')]),
  )
  return [...new Set([...files.keys(), ...present.keys()])].filter(
    (name) => files.get(name) !== present.get(name),
  )
}

mkdirSync(generated, { recursive: true })
const files = render(readVariants())
const stale = differences(files)
if (process.argv.includes('--check')) {
  for (const name of stale) console.error(`native/generated/${name} differs from tuning/*.json`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const name of stale) {
    const text = files.get(name)
    if (text === undefined) rmSync(join(generated, name))
    else writeFileSync(join(generated, name), text)
  }
}
