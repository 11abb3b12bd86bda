import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OnnxruntimePeer, startOnnxruntimePeer } from '../src/peers/onnxruntime-peer.js'
import { normalValues } from '../src/subjects/row-values.js'
import { type BenchShape, shapeProblem } from '../src/suites/bench-shape.js'
import { naiveAttention } from './naive-attention.js'

const SHAPE: BenchShape = {
  format: 'Q,K,V',
  batch: 2,
  seqlen: 9,
  numHeads: 3,
  headDim: 8,
  causal: false,
  dtype: 'float32',
}

describe('ONNX Runtime in its child process', () => {
  let peer: OnnxruntimePeer
  beforeAll(async () => {
    peer = await startOnnxruntimePeer({ threads: 1, turn: { minMs: 1, minRuns: 3 } })
  })
  afterAll(() => peer?.close())

  for (const causal of [false, true]) {
    it(`computes attention of the values it is given, causal ${causal}`, async () => {
      const shape = { ...SHAPE, causal }
      const values = normalValues(shape, 4)
      const { output } = await peer.prepare(shape, values)
      const { query: q, key: k, value: v } = values
      naiveAttention(shapeProblem(shape), { q, k, v }).forEach((value, i) => {
        expect(output[i]).toBeCloseTo(value, 5)
      })
    })
  }

  it('times turns, and tells its version', async () => {
    const contestant = await peer.prepare(SHAPE, normalValues(SHAPE, 1))
    const samples = await contestant.measureBlock()
    expect(samples.length).toBeGreaterThanOrEqual(3)
    expect(samples.every((ms) => ms > 0)).toBe(true)
    expect(peer.version).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('says why it cannot run a model', async () => {
    const values = normalValues(SHAPE, 1)
    const wrong = { ...values, key: values.key.subarray(1) }
    await expect(peer.prepare(SHAPE, wrong)).rejects.toThrow(/expected|size|dims/i)
  })
})
