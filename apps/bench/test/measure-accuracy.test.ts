import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostTensor } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import {
  ACCURACY_PROBLEMS,
  type AccuracyProblem,
  accuracyLabel,
  INPUT_KINDS,
} from '../src/accuracy/accuracy-problems.js'
import { accuracyValues } from '../src/accuracy/accuracy-values.js'
import { startTorchPeers, type TorchPeers } from '../src/peers/torch-peers.js'
import type { AccuracyRow } from '../src/report/accuracy-result.js'
import {
  accuracyTable,
  accuracyText,
  accuracyWorst,
  inexactRows,
} from '../src/report/accuracy-text.js'
import { type AccuracyContext, measureAccuracy } from '../src/runners/measure-accuracy.js'
import { shapeProblem } from '../src/suites/bench-shape.js'
import { fakeAttention, fakeDevice } from './fake-device.js'
import { FAKE_TORCH } from './fake-torch-path.js'

const PROBLEM: AccuracyProblem = {
  inputs: 'normal',
  shape: {
    format: 'Q,K,V',
    batch: 1,
    seqlen: 20,
    numHeads: 4,
    headDim: 8,
    causal: true,
    dtype: 'float16',
  },
}

function contextOf(peers: TorchPeers | undefined) {
  const fake = fakeDevice()
  const attention = fakeAttention(fake, PROBLEM.shape, 0.5)
  const modes = [
    { exactSoftmax: true, attention },
    { exactSoftmax: false, attention },
  ]
  const context: AccuracyContext = { modes, device: fake.device, peers, seed: 1 }
  return { fake, context }
}

describe('problems of accuracy', () => {
  it('have all head dims with kernels, both half types, every kind of values', () => {
    const dims = new Set(ACCURACY_PROBLEMS.map(({ shape }) => shape.headDim))
    expect([...dims]).toEqual([16, 32, 40, 64, 80, 96, 128, 160, 192, 256])
    expect(ACCURACY_PROBLEMS).toHaveLength(12 * 2 * Object.keys(INPUT_KINDS).length)
    expect(new Set(ACCURACY_PROBLEMS.map(accuracyLabel)).size).toBe(ACCURACY_PROBLEMS.length)
    expect(ACCURACY_PROBLEMS.some(({ shape }) => shape.causal)).toBe(true)
    for (const { shape } of ACCURACY_PROBLEMS) expect(shapeProblem(shape).layout).toBe('bsnh')
  })

  it('have values that are normal, larger in Q, or larger in few places of each', () => {
    const values = (inputs: AccuracyProblem['inputs'], seqlen = 1000) =>
      accuracyValues({ inputs, shape: { ...PROBLEM.shape, seqlen } }, 1)
    const largest = (array: Float32Array) =>
      array.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const normal = values('normal')
    expect(values('normal')).toEqual(normal)
    expect(values('large-logits-8').query[5]).toBeCloseTo(8 * normal.query[5]!, 4)
    expect(values('large-logits-8').key).toEqual(normal.key)
    const { query, key, value } = values('outliers')
    for (const [array, plain] of [
      [query, normal.query],
      [key, normal.key],
      [value, normal.value],
    ] as const) {
      const changed = array.filter((x, i) => x !== plain[i]).length
      expect(changed).toBeGreaterThan(10)
      expect(changed).toBeLessThan(60)
      expect(largest(array)).toBeGreaterThan(90)
    }
  })
})

describe('the error of a problem', () => {
  it('is measured in both modes, and of the peers on the same bits', async () => {
    const peers = await startTorchPeers(process.execPath, FAKE_TORCH)
    const { fake, context } = contextOf(peers)
    try {
      const { rows, notes } = await measureAccuracy(context, PROBLEM)
      expect(rows.map(({ exact_softmax }) => exact_softmax)).toEqual([true, false])
      for (const row of rows) {
        expect(row).toMatchObject({
          inputs: 'normal',
          variant: 'fake',
          error_rows: 80,
          head_dim: 8,
        })
        expect(row.rel_error).toBeGreaterThan(1e-5)
        expect(row.rel_error).toBeLessThan(6e-4)
        // It answers with V itself.
        const { rel_error, ratio } = row.peers.flash_attention_2!
        expect(rel_error).toBeGreaterThan(0.5)
        expect(ratio).toBeCloseTo(row.rel_error / rel_error, 12)
        expect(row.peers.cudnn).toBeUndefined()
      }
      expect(notes).toEqual([`${accuracyLabel(PROBLEM)}: no cudnn: no engine`])
      expect(fake.live()).toBe(0)
    } finally {
      peers.close()
    }
  })

  it('hands the peers what our kernels read', async () => {
    let bits: Uint16Array | undefined
    const peers = {
      attend: async (_: unknown, directory: string) => {
        const bytes = new Uint8Array(await readFile(join(directory, 'key.bin')))
        bits = new Uint16Array(bytes.buffer)
        return { rivals: [], refusals: [] }
      },
    } as unknown as TorchPeers
    const { context, fake } = contextOf(peers)
    const uploads: HostTensor[] = []
    const upload = (tensor: HostTensor) => {
      uploads.push(tensor)
      return fake.device.upload(tensor)
    }
    Object.assign(context, { device: { ...fake.device, upload } })
    await measureAccuracy(context, PROBLEM)
    expect(uploads.map(({ data }) => data)).toContainEqual(bits)
  })

  it('goes on without the peers when their process has died', async () => {
    const dead = {
      attend: () => Promise.reject(new Error('python3 ended (1)')),
      close: () => undefined,
    } as unknown as TorchPeers
    const { context } = contextOf(dead)
    const { rows, notes } = await measureAccuracy(context, PROBLEM)
    expect(notes).toEqual(['from here on no PyTorch peers: python3 ended (1)'])
    expect(rows.map(({ peers }) => peers)).toEqual([{}, {}])
    expect(context.peers).toBeUndefined()
  })
})

describe('a report of errors', () => {
  const row = (changes: Partial<AccuracyRow>): AccuracyRow => ({
    inputs: 'normal',
    exact_softmax: true,
    format: 'Q,K,V',
    layout: 'bsnh',
    backend: 'cuda-flash',
    variant: 'fake',
    batch: 1,
    seqlen_q: 128,
    seqlen_k: 128,
    num_heads: 4,
    num_heads_kv: 4,
    head_dim: 64,
    head_dim_v: 64,
    causal: false,
    dtype: 'float16',
    rel_error: 3e-4,
    max_abs_error: 1e-3,
    error_rows: 512,
    peers: { flash_attention_2: { rel_error: 3e-4, max_abs_error: 1e-3, ratio: 1 } },
    ...changes,
  })
  const peerOf = (rel_error: number, ratio: number) => {
    return { flash_attention_2: { rel_error, max_abs_error: 1, ratio } }
  }

  it('has a line for each kind of values, dtype and mode', () => {
    const rows = [
      row({}),
      row({ head_dim: 32, rel_error: 12e-4, peers: peerOf(3e-4, 4) }),
      row({ exact_softmax: false }),
    ]
    const lines = accuracyTable({ rows }).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[2]).toBe(
      '| normal | float16 | every block | 2 | 6.00e-4 | 3.00e-4 | 2.00× | 4.00× |',
    )
    expect(lines[3]).toMatch(/^\| normal \| float16 \| first block \| 1 /)
    expect(accuracyWorst(rows)).toEqual([
      'at most 4.00× the error of FlashAttention-2: Q,K,V 1x128x4x32 float16 normal, maximum of every block',
    ])
  })

  it('names the rows that are less exact than they may be, and those that are no numbers', () => {
    const infinite = Number.POSITIVE_INFINITY
    const rows = [
      row({ peers: peerOf(3e-4, 1.2) }),
      row({ peers: peerOf(3e-4, 1.21) }),
      row({ rel_error: infinite, peers: {} }),
      row({ peers: {} }),
    ]
    expect(inexactRows(rows)).toHaveLength(2)
    expect(inexactRows(rows)[0]).toContain('1.21× FlashAttention-2')
  })

  it('is text that says so where nothing was measured', () => {
    const document = { rows: [] as AccuracyRow[] } as unknown as Parameters<typeof accuracyText>[0]
    expect(accuracyText(document)).toBe('nothing was measured\n')
  })
})
