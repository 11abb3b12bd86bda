import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.js'
import { main } from '../src/main.js'
import { readResult } from '../src/report/result-file.js'
import { SEED_CPU } from '../src/suites/seed-cpu.js'

const THREADS = `--threads=${Math.min(2, availableParallelism())}`
/** BERT's shortest, in the three formats: small enough for the reference. */
const SMALL = SEED_CPU.flatMap((row, position) => (row.seqlen === 128 ? [position] : []))

describe('seed-cpu', () => {
  it('measures rows of every format beside ONNX Runtime and writes them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-seed-cpu-'))
    let stderr = ''
    let stdout = ''
    const exitCode = await main(
      ['seed-cpu', `--rows=${SMALL}`, '--blocks=1', THREADS, '--output', directory],
      {
        stdout: { write: (text) => (stdout += text) },
        stderr: { write: (text) => (stderr += text) },
      },
    )
    try {
      expect(stderr).not.toContain('✗')
      expect(exitCode).toBe(EXIT.ok)
      const document = await readResult(join(directory, 'cpu-x64', 'seed-cpu.json'))
      expect(document.rows.map(({ format, layout }) => `${format} ${layout}`)).toEqual([
        'Q,K,V bsnh',
        'Q,KV bsn2h',
        'QKV bsn3h',
      ])
      for (const row of document.rows) {
        expect(['cpu', 'reference']).toContain(row.backend)
        expect(row.rel_error).toBeLessThan(2e-6)
        expect(row.error_rows).toBe(8 * 64)
        expect(row.ms_p10).toBeLessThanOrEqual(row.ms)
        expect(row.ms).toBeLessThanOrEqual(row.ms_p90)
        expect(row.tflops * row.ms).toBeCloseTo((4 * 128 ** 2 * 12 * 64) / 1e9, 5)
        const { ratio, ratio_min, ratio_max } = row.peers.onnxruntime!
        expect(ratio_min).toBeLessThanOrEqual(ratio!)
        expect(ratio).toBeLessThanOrEqual(ratio_max!)
      }
      expect(stdout).toMatch(/ONNX Runtime \(geometric mean of 3 rows/)
    } finally {
      await rm(directory, { recursive: true })
    }
  }, 60_000)

  it('says which backend is not there', async () => {
    let stderr = ''
    const exitCode = await main(['seed-cpu', '--backend=cuda-nothing', THREADS], {
      stdout: { write: () => undefined },
      stderr: { write: (text) => (stderr += text) },
    })
    expect(exitCode).toBe(EXIT.unavailable)
    expect(stderr).toContain('cuda-nothing is not available')
  })
})
