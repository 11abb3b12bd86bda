import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.js'
import { main } from '../src/main.js'
import type { ResultRow } from '../src/report/result.js'
import { readResult } from '../src/report/result-file.js'
import { rowLabel } from '../src/report/row-label.js'
import { shapeFlops, shapeLabel } from '../src/suites/bench-shape.js'
import { DECODE_CPU } from '../src/suites/decode-cpu.js'
import { HALF_CPU } from '../src/suites/half-cpu.js'
import { NO_CPU } from './cpu-backend.js'

/** The rows of a suite on the CPU backend, one block each. */
async function measure(suite: string, rows: string) {
  const directory = await mkdtemp(join(tmpdir(), `bench-${suite}-`))
  const threads = `--threads=${Math.min(2, availableParallelism())}`
  const flags = [`--rows=${rows}`, '--blocks=1', '--backend=cpu', threads, '--output', directory]
  let stdout = ''
  let stderr = ''
  try {
    const exitCode = await main([suite, ...flags], {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
    })
    expect(stderr).not.toContain('✗')
    expect(exitCode).toBe(EXIT.ok)
    return { ...(await readResult(join(directory, 'cpu-x64', `${suite}.json`))), stdout }
  } finally {
    await rm(directory, { recursive: true })
  }
}

if (NO_CPU) console.warn(NO_CPU)

describe.skipIf(NO_CPU)('decode-cpu', () => {
  it('measures a step of GroupQueryAttention on a full cache beside ONNX Runtime', async () => {
    const { rows, stdout } = await measure('decode-cpu', '0')
    const [shape] = DECODE_CPU
    expect(rows.map(rowLabel)).toEqual([shapeLabel(shape!)])
    expect(rowLabel(rows[0]!)).toBe('Q,K,V 1x1x32x128 float32 over 1024x8 causal')
    expect(shapeFlops(shape!)).toBe(4 * 1024 * 32 * 128)
    const { seqlen_q, seqlen_k, num_heads_kv, variant, rel_error, peers } = rows[0]!
    expect([seqlen_q, seqlen_k, num_heads_kv]).toEqual([1, 1024, 8])
    expect(variant).toMatch(/-decode$/)
    expect(rel_error).toBeLessThan(2e-6)
    expect(peers.onnxruntime?.ratio).toBeGreaterThan(0)
    expect(stdout).toContain('keys')
  }, 60_000)
})

describe.skipIf(NO_CPU)('half-cpu', () => {
  it('has each shape in the three element types', () => {
    const shapes = new Set(HALF_CPU.map((row) => shapeLabel({ ...row, dtype: 'float32' })))
    expect(HALF_CPU).toHaveLength(3 * shapes.size)
    expect(HALF_CPU.every(({ seqlen }) => seqlen >= 2048)).toBe(true)
  })

  it('measures float16 and bfloat16 beside our own float32', async () => {
    const { rows } = await measure('half-cpu', '1,2')
    const errors = rows.map(({ rel_error }: ResultRow) => rel_error)
    expect(rows.map(({ dtype }) => dtype)).toEqual(['float16', 'bfloat16'])
    expect(errors[0]).toBeLessThan(6e-4)
    expect(errors[1]).toBeLessThan(5e-3)
    for (const { peers, ms } of rows) {
      expect(Object.keys(peers)).toEqual(['own_float32'])
      expect(peers.own_float32!.ms / ms).toBeGreaterThan(0)
      expect(peers.own_float32!.ratio).toBeGreaterThan(0)
    }
  }, 60_000)
})
