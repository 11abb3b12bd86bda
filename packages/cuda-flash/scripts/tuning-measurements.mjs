#!/usr/bin/env node
// Writes what the bench app measured into tuning/h200.json, so that dispatch knows these shapes' times.
// With --check it only compares. usage: node scripts/tuning-measurements.mjs [--check]
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tuningFile = join(root, 'tuning/h200.json')
const results = join(root, '../../apps/bench/results/nvidia-h200')
// Without causality and with it.
const resultFiles = ['seed.json', 'causal.json'].map((name) => join(results, name))

/** The separate tensors of float16: what src/estimate.ts looks for. */
function measurementsOf({ rows }) {
  return rows
    .filter(
      (row) => row.backend === 'cuda-flash' && row.format === 'Q,K,V' && row.dtype === 'float16',
    )
    .map(({ batch, seqlen_q: seqlen, num_heads, head_dim, causal, variant, ms }) => {
      const us = Math.round(ms * 1e4) / 10
      return { batch, seqlen, num_heads, head_dim, causal, variant, us }
    })
}

const measuredFiles = resultFiles.filter((file) => existsSync(file))
if (measuredFiles.length > 0) {
  const text = readFileSync(tuningFile, 'utf8')
  const measurements = measuredFiles.flatMap((file) =>
    measurementsOf(JSON.parse(readFileSync(file, 'utf8'))),
  )
  const wanted = `${JSON.stringify({ ...JSON.parse(text), measurements }, null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(tuningFile, wanted)
  else if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(JSON.parse(wanted))) {
    console.error('tuning/h200.json differs from the results in apps/bench/results/nvidia-h200')
    process.exitCode = 1
  }
}
