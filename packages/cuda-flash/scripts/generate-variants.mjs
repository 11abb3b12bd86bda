#!/usr/bin/env node
// Writes native/generated/ from the variants that tuning/*.json name: the table of the addon, one
// translation unit a family and head dim, and their lists for CMake. With --check it only compares.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const generated = join(root, 'native/generated')
const header = '// Written by scripts/generate-variants.mjs from tuning/*.json.\n'
const ELEMENTS = { f16: '__half', bf16: '__nv_bfloat16' }

/** How a family is instantiated: `traits` are the members that its template takes, in order. */
const FAMILIES = {
  'fa2-sm80': {
    macro: 'ATTNKIT_FA2',
    launcher: 'kernels/fa2_launch.cuh',
    traits: [
      'head_dim',
      'warps',
      'warp_m',
      'block_n',
      'stages',
      'min_blocks',
      'queries_in_registers',
    ],
  },
  'hopper-sm90a': {
    macro: 'ATTNKIT_HOPPER',
    launcher: 'kernels/hopper/hopper_launch.cuh',
    traits: [
      'head_dim',
      'consumers',
      'block_n',
      'stages',
      'query_stages',
      'swizzle_bytes',
      'ping_pong',
      'sums_by_product',
      'polynomial_of_16',
    ],
  },
  'decode-sm80': {
    macro: 'ATTNKIT_DECODE',
    launcher: 'kernels/decode/decode_launch.cuh',
    traits: [
      'head_dim',
      'warps',
      'block_m',
      'block_n',
      'stages',
      'min_blocks',
      'queries_in_registers',
    ],
  },
}

/** Each of all files once, in the order of src/variants.ts; models of GPUs have no kernels of their own. */
function readVariants() {
  const files = readdirSync(join(root, 'tuning')).filter((name) => name.endsWith('.json'))
  const all = files
    .sort()
    .map((name) => JSON.parse(readFileSync(join(root, 'tuning', name), 'utf8')))
    .flatMap(({ modelled_from: source, variants }) => (source === undefined ? variants : []))
  return [...new Map(all.map((variant) => [variant.name, variant])).values()]
}

function templateArguments(variant, element) {
  const { traits } = FAMILIES[variant.family]
  return [element, ...traits.map((member) => variant[member])].join(', ')
}

function entriesOf(variant) {
  const { macro } = FAMILIES[variant.family]
  return Object.entries(ELEMENTS).map(
    ([suffix, element]) =>
      `${macro}_VARIANT("${variant.name}-${suffix}", ${templateArguments(variant, element)})\n`,
  )
}

/** The translation units of a family, by their names. */
function renderFamily(family, variants) {
  const { macro, launcher } = FAMILIES[family]
  const members = variants.filter((variant) => variant.family === family)
  const dims = [...new Set(members.map(({ head_dim }) => head_dim))]
  return dims.map((dim) => {
    const lines = members
      .filter(({ head_dim }) => head_dim === dim)
      .flatMap((variant) =>
        Object.values(ELEMENTS).map(
          (e) => `${macro}_INSTANTIATE(${templateArguments(variant, e)})\n`,
        ),
      )
    const name = `${family.replaceAll('-', '_')}_d${dim}.cu`
    return [name, `${header}#include "${launcher}"\n\n${lines.join('')}`]
  })
}

function cmakeList(family, units) {
  const name = `ATTNKIT_FLASH_${family.replaceAll('-', '_').toUpperCase()}`
  return `set(${name}\n${units.map(([unit]) => `  native/generated/${unit}\n`).join('')})\n`
}

function render(variants) {
  const units = Object.keys(FAMILIES).map((family) => [family, renderFamily(family, variants)])
  const lists = units.map(([family, files]) => cmakeList(family, files)).join('')
  return new Map([
    ['variants.inc', header + variants.flatMap(entriesOf).join('')],
    ['sources.cmake', header.replace('//', '#') + lists],
    ...units.flatMap(([, files]) => files),
  ])
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
