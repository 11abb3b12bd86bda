#!/usr/bin/env node
// Writes to each kernel of tuning/h200.json the measurement that chose it: its time on the shape where it was
// furthest ahead of the others of its family and head dim, and theirs there.
// usage: node scripts/tuning-choices.mjs FILE [TUNING]   (FILE: what `flash_test --bench` printed on that GPU)
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [benchFile, tuningFile = join(root, 'tuning/h200.json')] = process.argv.slice(2)

// B4 S4096 N8 d40 causal   hopper-sm90a-d40-m192n128-f16   283.0 …: the kernel of float16, and microseconds.
const LINE = /^(B(\d+) S(\d+) N(\d+) d(\d+)( causal)?) +(\S+)-f16 +([\d.]+) /

function parse(line) {
  const match = LINE.exec(line)
  if (match === null) return []
  const [, label, batch, seqlen, num_heads, head_dim, causal, kernel, us] = match
  const sizes = [batch, seqlen, num_heads, head_dim].map(Number)
  return [{ label, sizes, causal: causal !== undefined, kernel, us: Number(us) }]
}

/** Whether one could run in another's place: not for calls with a log-sum-exp, where sums are by products. */
function couldReplace(kernel, other, tuned) {
  const [one, replaced] = [tuned.get(kernel), tuned.get(other)]
  const loses = one.sums_by_product === true && replaced.sums_by_product !== true
  return kernel !== other && one.family === replaced.family && !loses
}

/** The others of a kernel's family on a shape: those whose head dim is the next one there, too. */
function othersOf(time, times, tuned) {
  const rivals = times.filter(
    ({ label, kernel }) => label === time.label && couldReplace(kernel, time.kernel, tuned),
  )
  return Object.fromEntries(rivals.map(({ kernel, us }) => [kernel, us]))
}

/** How many times as long the fastest of the others takes; without others, longer shapes tell more. */
function leadOf({ us, sizes, others }) {
  const rivals = Object.values(others)
  return rivals.length === 0 ? sizes[1] : Math.min(...rivals) / us
}

function choiceOf({ name }, times, tuned) {
  const own = times
    .filter(({ kernel }) => kernel === name)
    .map((time) => ({ ...time, others: othersOf(time, times, tuned) }))
  if (own.length === 0) return undefined
  const best = own.reduce((most, one) => (leadOf(one) > leadOf(most) ? one : most))
  const [batch, seqlen, num_heads, head_dim] = best.sizes
  return {
    batch,
    seqlen,
    num_heads,
    head_dim,
    causal: best.causal,
    us: best.us,
    others: best.others,
  }
}

const tuning = JSON.parse(readFileSync(tuningFile, 'utf8'))
const tuned = new Map(tuning.variants.map((variant) => [variant.name, variant]))
const times = readFileSync(benchFile, 'utf8').split('\n').flatMap(parse)
const unknown = times.filter(({ us, kernel }) => us <= 0 || !tuned.has(kernel))
if (times.length === 0 || unknown.length > 0) {
  const what = unknown[0] ? `${unknown[0].label} ${unknown[0].kernel}` : 'no line of a kernel'
  console.error(`${benchFile} is not of the kernels of ${tuningFile}: ${what}`)
  process.exit(1)
}
const variants = tuning.variants.map(({ measured: before, ...variant }) => {
  const measured = choiceOf(variant, times, tuned) ?? before
  return measured === undefined ? variant : { ...variant, measured }
})
writeFileSync(tuningFile, `${JSON.stringify({ ...tuning, variants }, null, 2)}\n`)
for (const { name, measured } of variants) {
  const ahead = measured && Object.values(measured.others).every((us) => us >= measured.us)
  if (!ahead) console.log(`${name}: ${measured ? 'was nowhere the fastest' : 'was not measured'}`)
}
