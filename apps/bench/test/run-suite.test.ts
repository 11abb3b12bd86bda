import { AttentionError } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { runSuite } from '../src/runners/run-suite.js'
import type { MeasuredRow, SuiteRunner } from '../src/runners/runner.js'
import { type BenchShape, shapeLabel } from '../src/suites/bench-shape.js'
import { SEED } from '../src/suites/seed.js'
import { fakeRow } from './fake-document.js'

function fakeRunner(measure: (shape: BenchShape) => Promise<MeasuredRow>): SuiteRunner {
  return {
    machine: {
      device: 'fake',
      folder: 'fake',
      driver: null,
      cuda: null,
      finish: async () => ({ sm_mhz_max: 1980 }),
    },
    versions: { pytorch: '2.0' },
    notes: ['no peer today'],
    label: shapeLabel,
    measure,
    close: () => undefined,
  }
}

function log() {
  const lines: string[] = []
  return { lines, write: (text: string) => lines.push(text) }
}

const ROWS = SEED.slice(0, 3)
const row = (shape: BenchShape): MeasuredRow => ({
  rows: [fakeRow({ num_heads: shape.numHeads, seqlen_q: shape.seqlen })],
  notes: [],
})

describe('running a suite', () => {
  it('gathers the rows in their order with what they were measured on', async () => {
    const output = log()
    const { document, failures } = await runSuite(
      'seed',
      ROWS,
      fakeRunner(async (shape) => row(shape)),
      output,
    )
    expect(document).toMatchObject({
      schema_version: 1,
      suite: 'seed',
      device: 'fake',
      clocks: { sm_mhz_max: 1980 },
      versions: { pytorch: '2.0', node: process.versions.node },
    })
    expect(document.commit).not.toBe('')
    expect(new Date(document.date).getTime()).toBeGreaterThan(Date.now() - 60_000)
    expect(document.rows.map(({ num_heads }) => num_heads)).toEqual([64, 128, 64])
    expect(failures).toEqual([])
    expect(output.lines).toEqual(['no peer today\n'])
  })

  it('leaves a failed row out, tells it, and goes on', async () => {
    const output = log()
    const measure = async (shape: BenchShape): Promise<MeasuredRow> => {
      if (shape.numHeads === 128) throw new Error('bad luck')
      return row(shape)
    }
    const { document, failures } = await runSuite('seed', ROWS, fakeRunner(measure), output)
    expect(document.rows).toHaveLength(2)
    expect(failures).toEqual(['Q,K,V 32x512x128x16 float16: bad luck'])
    expect(output.lines).toContain('✗ Q,K,V 32x512x128x16 float16: bad luck\n')
  })

  it('ends when the device is lost: no later row can be right', async () => {
    let measured = 0
    const runner = fakeRunner(async () => {
      measured += 1
      throw new AttentionError('device-lost', 'gone')
    })
    const { failures } = await runSuite('seed', ROWS, runner, log())
    expect(measured).toBe(1)
    expect(failures).toHaveLength(1)
  })

  it('ends after the row in hand when it is interrupted', async () => {
    const controller = new AbortController()
    const runner = fakeRunner(async (shape) => {
      controller.abort()
      return row(shape)
    })
    const { document } = await runSuite('seed', ROWS, runner, log(), controller.signal)
    expect(document.rows).toHaveLength(1)
  })
})
