import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OnnxruntimePeer, startOnnxruntimePeer } from '../src/peers/onnxruntime-peer.js'
import { normalValues } from '../src/subjects/row-values.js'
import type { BenchShape } from '../src/suites/bench-shape.js'

const SHAPE: BenchShape = {
  format: 'Q,K,V',
  batch: 2,
  seqlen: 9,
  numHeads: 3,
  headDim: 8,
  causal: false,
  dtype: 'float32',
}

/** Attention of one query, written down from its definition. */
function expectedVector(
  shape: BenchShape,
  values: ReturnType<typeof normalValues>,
  at: { readonly batch: number; readonly head: number; readonly query: number },
): number[] {
  const { seqlen, numHeads, headDim } = shape
  const vector = (data: Float32Array, position: number): Float32Array => {
    const start = ((at.batch * seqlen + position) * numHeads + at.head) * headDim
    return data.subarray(start, start + headDim)
  }
  const query = vector(values.query, at.query)
  const keys = shape.causal ? at.query + 1 : seqlen
  const weights = Array.from({ length: keys }, (_, key) => {
    const k = vector(values.key, key)
    return Math.exp(query.reduce((sum, q, i) => sum + q * k[i]!, 0) / Math.sqrt(headDim))
  })
  const total = weights.reduce((a, b) => a + b, 0)
  return Array.from({ length: headDim }, (_, i) =>
    weights.reduce((sum, w, key) => sum + (w / total) * vector(values.value, key)[i]!, 0),
  )
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
      for (const at of [
        { batch: 0, head: 0, query: 0 },
        { batch: 1, head: 2, query: 8 },
      ]) {
        const start = ((at.batch * 9 + at.query) * 3 + at.head) * 8
        expectedVector(shape, values, at).forEach((value, i) => {
          expect(output[start + i]).toBeCloseTo(value, 5)
        })
      }
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
