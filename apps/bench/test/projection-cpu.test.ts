import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.js'
import { main } from '../src/main.js'
import { readResult } from '../src/report/result-file.js'
import { rowLabel } from '../src/report/row-label.js'
import { shapeFlops, shapeLabel } from '../src/suites/bench-shape.js'
import { PROJECTION_CPU } from '../src/suites/projection-cpu.js'
import { NO_CPU } from './cpu-backend.js'

if (NO_CPU) console.warn(NO_CPU)

it.skipIf(NO_CPU)(
  'projection-cpu measures Attention with its projection beside ONNX Runtime',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-projection-cpu-'))
    const threads = `--threads=${Math.min(2, availableParallelism())}`
    let stderr = ''
    let stdout = ''
    const exitCode = await main(
      ['projection-cpu', '--rows=0', '--blocks=1', '--backend=cpu', threads, '--output', directory],
      {
        stdout: { write: (text) => (stdout += text) },
        stderr: { write: (text) => (stderr += text) },
      },
    )
    try {
      expect(stderr).not.toContain('✗')
      expect(exitCode).toBe(EXIT.ok)
      const { rows } = await readResult(join(directory, 'cpu-x64', 'projection-cpu.json'))
      const [shape] = PROJECTION_CPU
      expect(rows.map(rowLabel)).toEqual([shapeLabel(shape!)])
      expect(rowLabel(rows[0]!)).toBe('Q,K,V 1x128x12x64 float32 from 768')
      const projection = 2 * 128 * 768 * 2304
      expect(shapeFlops(shape!)).toBe(projection + 4 * 128 ** 2 * 12 * 64)
      const { ms, tflops, rel_error, input_width, peers } = rows[0]!
      expect(tflops * ms).toBeCloseTo(shapeFlops(shape!) / 1e9, 5)
      expect(rel_error).toBeLessThan(2e-6)
      expect(input_width).toBe(768)
      expect(peers.onnxruntime!.ratio).toBeGreaterThan(0)
      expect(stdout).toContain('input width')
    } finally {
      await rm(directory, { recursive: true })
    }
  },
  60_000,
)
