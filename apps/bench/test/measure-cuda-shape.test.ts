import { describe, expect, it, vi } from 'vitest'
import type { TorchPeers } from '../src/peers/torch-peers.js'
import { type CudaContext, measureCudaShape } from '../src/runners/measure-cuda-shape.js'
import type { BenchShape } from '../src/suites/bench-shape.js'
import { fakeAttention, fakeDevice } from './fake-device.js'

// Two sets instead of the hundreds that such small tensors would need.
vi.mock('../src/timer/rotating-sets.js', () => ({ rotatingSets: () => 2 }))

const SHAPE: BenchShape = {
  format: 'QKV',
  batch: 1,
  seqlen: 6,
  numHeads: 2,
  headDim: 8,
  causal: false,
  dtype: 'float16',
}

const OPTIONS = {
  peers: true,
  python: 'python3',
  threads: 1,
  seed: 1,
  blocks: 2,
  blockMs: 10,
}

function contextOf(shape: BenchShape, peers: TorchPeers | undefined) {
  const fake = fakeDevice()
  const attention = fakeAttention(fake, shape, 0.5)
  const context: CudaContext = {
    attention,
    device: fake.device,
    backends: ['cuda-flash'],
    peers,
    options: OPTIONS,
  }
  return { fake, context }
}

function fakePeers(calls: string[]): TorchPeers {
  return {
    versions: {},
    prepare: async () => ({
      rivals: [
        {
          name: 'cudnn',
          measureBlock: async () => {
            calls.push('measure')
            return [1, 1]
          },
        },
      ],
      refusals: [{ name: 'flash_attention_2', reason: 'no kernel' }],
    }),
    attend: async () => ({ rivals: [], refusals: [] }),
    release: async () => {
      calls.push('release')
    },
    close: () => {
      calls.push('close')
    },
  }
}

describe('a row on a GPU', () => {
  for (const format of ['Q,K,V', 'Q,KV', 'QKV'] as const) {
    it(`has time, error and peers in format ${format}`, async () => {
      const calls: string[] = []
      const { fake, context } = contextOf({ ...SHAPE, format }, fakePeers(calls))
      const { rows, notes } = await measureCudaShape(context, { ...SHAPE, format })
      const flops = 4 * 6 ** 2 * 2 * 8
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({ format, backend: 'cuda-flash', error_rows: 12 })
      expect(rows[0]!.ms).toBeCloseTo(0.5, 9)
      expect(rows[0]!.tflops).toBeCloseTo(flops / 0.5e9, 12)
      expect(rows[0]!.call_us).toBeGreaterThan(0)
      expect(rows[0]!.rel_error).toBeGreaterThan(0)
      expect(rows[0]!.rel_error).toBeLessThan(6e-4)
      const ratios = { ratio: 2, ratio_min: 2, ratio_max: 2 }
      expect(rows[0]!.peers).toEqual({ cudnn: { ms: 1, tflops: flops / 1e9, ...ratios } })
      expect(notes).toEqual([`${format} 1x6x2x8 float16: no flash_attention_2: no kernel`])
      expect(calls).toEqual(['measure', 'measure', 'release'])
      expect(fake.live()).toBe(0)
    })
  }

  it('against a cache has bytes a second, and asks the peers for the same heads', async () => {
    const cache = { seqlenK: 40, numHeadsKv: 2, appends: false }
    const shape: BenchShape = { ...SHAPE, format: 'Q,K,V', seqlen: 1, numHeads: 4, cache }
    const { fake, context } = contextOf(shape, undefined)
    const { rows } = await measureCudaShape(context, shape)
    const bytes = 2 * (2 * 4 * 8 + 2 * 2 * 40 * 8)
    expect(rows[0]).toMatchObject({ layout: 'bnsh', seqlen_q: 1, seqlen_k: 40, error_rows: 4 })
    expect(rows[0]).toMatchObject({ num_heads: 4, num_heads_kv: 2, causal: false })
    expect(rows[0]!.tb_per_s).toBeCloseTo(bytes / 0.5e9, 12)
    expect(rows[0]!.rel_error).toBeLessThan(6e-4)
    expect(fake.live()).toBe(0)
  })

  it('goes on without the peers when their process has died', async () => {
    const calls: string[] = []
    const dead: TorchPeers = {
      ...fakePeers(calls),
      prepare: () => Promise.reject(new Error('python3 ended (1)')),
    }
    const { context } = contextOf(SHAPE, dead)
    const first = await measureCudaShape(context, SHAPE)
    expect(first.rows[0]!.peers).toEqual({})
    expect(first.notes).toEqual(['from here on no PyTorch peers: python3 ended (1)'])
    expect(calls).toEqual(['close'])
    expect((await measureCudaShape(context, SHAPE)).notes).toEqual([])
  })

  it('gives the device’s memory back when a row fails', async () => {
    const { fake, context } = contextOf(SHAPE, undefined)
    const attention = {
      prepare: () => {
        throw new Error('no backend supports this')
      },
    } as unknown as CudaContext['attention']
    await expect(measureCudaShape({ ...context, attention }, SHAPE)).rejects.toThrow('no backend')
    expect(fake.live()).toBe(0)
  })
})
