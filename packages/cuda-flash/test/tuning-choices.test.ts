import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ChoosingMeasurement, TUNINGS, type Tuning } from '../src/tuning.js'

const PACKAGE = join(import.meta.dirname, '..')
const LEAST_SHARED_MEMORY = 'fa2-sm80-d256-m64n32'

/** Runs the script on a copy of the tuning file, with these lines as what the program printed. */
function choose(lines: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'tuning-choices-'))
  try {
    const [bench, tuning] = [join(directory, 'bench.txt'), join(directory, 'h200.json')]
    cpSync(join(PACKAGE, 'tuning/h200.json'), tuning)
    writeFileSync(bench, lines.join('\n'))
    const script = join(PACKAGE, 'scripts/tuning-choices.mjs')
    const run = spawnSync(process.execPath, [script, bench, tuning], { encoding: 'utf8' })
    const { variants } = JSON.parse(readFileSync(tuning, 'utf8')) as Tuning
    return { ...run, measured: new Map(variants.map(({ name, measured }) => [name, measured])) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const HEADER = 'shape                              variant                     us  TFLOP/s   /FA2'
const line = (shape: string, kernel: string, us: number) =>
  `${shape.padEnd(34)} ${`${kernel}-f16`.padEnd(40)} ${us.toFixed(1).padStart(9)}    300.0  1.000`

describe('the measurement that chose a kernel', () => {
  it('is that where it was furthest ahead of its family', () => {
    const { status, measured } = choose([
      HEADER,
      line('B1 S4096 N8 d160', 'fa2-sm80-d160-m128n32', 330),
      line('B1 S4096 N8 d160', 'hopper-sm90a-d160-m128n128', 90),
      line('B1 S4096 N8 d160', 'hopper-sm90a-d160-m128n112', 80),
      line('B4 S4096 N8 d160', 'hopper-sm90a-d160-m128n128', 250),
      line('B4 S4096 N8 d160', 'hopper-sm90a-d160-m128n112', 280),
      line('B1 S16384 N8 d160 causal', 'hopper-sm90a-d160-m128n128', 550),
      line('B1 S16384 N8 d160 causal', 'hopper-sm90a-d160-m128n112', 560),
    ])
    expect(status).toBe(0)
    const shape = { seqlen: 4096, num_heads: 8, head_dim: 160, causal: false }
    expect(measured.get('hopper-sm90a-d160-m128n128')).toEqual({
      batch: 4,
      ...shape,
      us: 250,
      others: { 'hopper-sm90a-d160-m128n112': 280 },
    } satisfies ChoosingMeasurement)
    expect(measured.get('hopper-sm90a-d160-m128n112')).toMatchObject({ batch: 1, us: 80 })
    expect(measured.get('fa2-sm80-d160-m128n32')).toMatchObject({ us: 330, others: {} })
  })

  it('holds those with a log-sum-exp against each other alone', () => {
    const { measured } = choose([
      line('B1 S4096 N8 d64', 'hopper-sm90a-d64-m192n128', 90),
      line('B1 S4096 N8 d64', 'hopper-sm90a-d64-m192n128-sums', 80),
    ])
    expect(measured.get('hopper-sm90a-d64-m192n128')).toMatchObject({ us: 90, others: {} })
    expect(measured.get('hopper-sm90a-d64-m192n128-sums')).toMatchObject({
      others: { 'hopper-sm90a-d64-m192n128': 90 },
    })
  })

  it('is of the longest shape where the family has no other, and is told where it was none', () => {
    const { measured, stdout } = choose([
      line('B8 S2048 N32 d128', 'hopper-sm90a-d128-m128n128', 800),
      line('B4 S4096 N32 d128 causal', 'hopper-sm90a-d128-m128n128', 810),
      line('B64 S512 N12 d64', 'fa2-sm80-d64-m128n64', 100),
      line('B64 S512 N12 d64', 'fa2-sm80-d64-m128n32', 110),
    ])
    const chosen = measured.get('hopper-sm90a-d128-m128n128')
    expect(chosen).toMatchObject({ seqlen: 4096, causal: true, us: 810 })
    expect(stdout).toContain('fa2-sm80-d64-m128n32: was nowhere the fastest')
  })

  it('is refused where the program had other kernels', () => {
    expect(choose([HEADER]).status).toBe(1)
    const { status, stderr } = choose([line('B1 S128 N1 d64', 'fa2-sm80-d64-m999n64', 1)])
    expect(status).toBe(1)
    expect(stderr).toContain('B1 S128 N1 d64 fa2-sm80-d64-m999n64')
  })

  const kernels = TUNINGS.h200!.variants.filter((kernel) => 'tflops' in kernel)
  const unmeasured = kernels.every(({ measured }) => measured === undefined)
  const why = unmeasured ? ' (skipped: h200.json has none yet)' : ''
  it.skipIf(unmeasured)(`is there for every kernel of the H200, which was ahead${why}`, () => {
    for (const { name, measured } of kernels) {
      expect(measured, name).toBeDefined()
      // That one is for devices whose shared memory the other does not fit in.
      if (name === LEAST_SHARED_MEMORY) continue
      for (const us of Object.values(measured!.others))
        expect(us, name).toBeGreaterThanOrEqual(measured!.us)
    }
  })
})
