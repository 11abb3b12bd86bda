#!/usr/bin/env node
// Writes tuning/<gpu>.json of GPUs on which nothing was measured, from tuning/h200.json and the facts of
// the chips. With --check it only compares. usage: node scripts/model-tuning.mjs [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tuning = join(dirname(fileURLToPath(import.meta.url)), '../tuning')

/** Boost clock and memory's rate as their makers' data sheets have them. */
const MEASURED = { name: 'h200', clock_mhz: 1980, memory_peak_tbps: 4.8 }
const MODELLED = [
  {
    name: 'a100',
    clock_mhz: 1410,
    memory_peak_tbps: 2.039,
    // Its tensor cores do 312 TFLOP/s in float16: none of the scaled speeds is near that.
    families: ['fa2-sm80', 'decode-sm80'],
    facts: {
      device: 'NVIDIA A100-SXM4-80GB',
      compute_capability: [8, 0],
      multiprocessors: 108,
      shared_memory_per_block: 166_912,
      memory_bytes: 85_899_345_920,
    },
  },
]

function digits(value, count) {
  return Number(value.toPrecision(count))
}

/** Products and exponentials go by processors and clock; what one processor does by the clock alone. */
function scaledVariant(variant, { clock, size }) {
  return {
    ...variant,
    ...('tflops' in variant && { tflops: digits(variant.tflops * clock * size, 3) }),
    ...('block_gbps' in variant && { block_gbps: digits(variant.block_gbps * clock, 3) }),
  }
}

function sourceText(chip, base) {
  const processors = `${chip.facts.multiprocessors} × ${chip.clock_mhz} MHz`
  const others = `${base.multiprocessors} × ${MEASURED.clock_mhz} MHz`
  const memory = `${chip.memory_peak_tbps} of ${MEASURED.memory_peak_tbps} TB/s`
  return `not measured: the speeds of ${MEASURED.name} by multiprocessors and clock (${processors} of ${others}) and by memory (${memory})`
}

function modelOf(chip, base) {
  const { multiprocessors } = base
  const ratios = {
    clock: chip.clock_mhz / MEASURED.clock_mhz,
    size: chip.facts.multiprocessors / multiprocessors,
  }
  const memory = base.memory_tbps * (chip.memory_peak_tbps / MEASURED.memory_peak_tbps)
  return {
    schema_version: base.schema_version,
    modelled_from: MEASURED.name,
    source: sourceText(chip, base),
    ...chip.facts,
    launch_us: base.launch_us,
    memory_tbps: digits(memory, 3),
    variants: base.variants
      .filter(({ family }) => chip.families.includes(family))
      .map(({ measured: _, ...variant }) => scaledVariant(variant, ratios)),
    measurements: [],
  }
}

const base = JSON.parse(readFileSync(join(tuning, `${MEASURED.name}.json`), 'utf8'))
for (const chip of MODELLED) {
  const file = join(tuning, `${chip.name}.json`)
  const wanted = `${JSON.stringify(modelOf(chip, base), null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(file, wanted)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
    console.error(`tuning/${chip.name}.json differs from what tuning/${MEASURED.name}.json gives`)
    process.exitCode = 1
  }
}
