import { describe, expect, it } from 'vitest'
import { besideBestPeer, bestPeerSummary } from '../src/report/best-peer.js'
import { flashAttention3Ratio } from '../src/report/flash-attention-3.js'
import { meansText } from '../src/report/means-text.js'
import type { ResultRow } from '../src/report/result.js'
import { summaryText } from '../src/report/summary.js'
import { SEED } from '../src/suites/seed.js'
import { fakeDocument, fakeRow } from './fake-document.js'

const H200 = 'NVIDIA H200'

/** A row of the seed, `ratio` times as fast as cuDNN and twice as fast as FlashAttention-2. */
function seedRow(position: number, ratio: number): ResultRow {
  const { format, batch, seqlen, numHeads, headDim } = SEED[position]!
  const sizes = { format, batch, seqlen_q: seqlen, seqlen_k: seqlen, head_dim: headDim }
  const peers = {
    cudnn: { ms: ratio, tflops: 1, ratio },
    flash_attention_2: { ms: 2, tflops: 1, ratio: 2 },
  }
  const heads = { num_heads: numHeads, num_heads_kv: numHeads, head_dim_v: headDim }
  return fakeRow({ ...sizes, ...heads, peers })
}

describe('FlashAttention-3', () => {
  it('is known of every row of the seed, by its speed over cuDNN’s', () => {
    for (const position of SEED.keys()) {
      const one = flashAttention3Ratio(H200, seedRow(position, 1))!
      expect(one).toBeGreaterThan(0.5)
      expect(one).toBeLessThan(2)
      expect(flashAttention3Ratio(H200, seedRow(position, 1.5))).toBeCloseTo(1.5 * one, 12)
    }
  })

  it('is what was measured of that very row', () => {
    // 8 x 2048, 64 heads of 32: 243.8 TFLOP/s where cuDNN has 239.7.
    expect(flashAttention3Ratio(H200, seedRow(4, 1))).toBeCloseTo(239.7 / 243.8, 3)
    // 1 x 4096, 8 heads of 40, where a batch of 4 has another ratio: 210.7 and 270.7.
    expect(flashAttention3Ratio(H200, seedRow(12, 1))).toBeCloseTo(270.7 / 210.7, 3)
  })

  it('is taken from other heads of the same length and head dim where a row was not measured', () => {
    const causal = { causal: true, seqlen_q: 16_384, seqlen_k: 16_384 }
    const row = {
      ...seedRow(22, 1),
      ...causal,
      format: 'Q,K,V' as const,
      num_heads: 32,
      num_heads_kv: 32,
    }
    expect(flashAttention3Ratio(H200, row)).toBeCloseTo(435.4 / 477.3, 3)
    expect(flashAttention3Ratio(H200, { ...row, head_dim: 96, head_dim_v: 96 })).toBeUndefined()
  })

  it('is not known of another device, dtype or work', () => {
    const row = seedRow(0, 1)
    expect(flashAttention3Ratio('NVIDIA A100', row)).toBeUndefined()
    expect(flashAttention3Ratio(H200, { ...row, dtype: 'bfloat16' })).toBeUndefined()
    expect(flashAttention3Ratio(H200, { ...row, seqlen_q: 1 })).toBeUndefined()
    expect(flashAttention3Ratio(H200, { ...row, num_heads_kv: 8 })).toBeUndefined()
    expect(flashAttention3Ratio(H200, { ...row, peers: {} })).toBeUndefined()
  })
})

describe('the best peer of a row', () => {
  it('is the fastest of those measured and FlashAttention-3', () => {
    expect(besideBestPeer(H200, seedRow(0, 1.2))).toMatchObject({ peer: 'cuDNN', ratio: 1.2 })
    const third = besideBestPeer(H200, seedRow(4, 1.2))!
    expect(third.peer).toBe('FlashAttention-3')
    expect(third.ratio).toBeCloseTo((1.2 * 239.7) / 243.8, 3)
    expect(besideBestPeer(H200, seedRow(0, 3))).toMatchObject({
      peer: 'FlashAttention-2',
      ratio: 2,
    })
    expect(besideBestPeer(H200, fakeRow({ peers: {} }))).toBeUndefined()
  })

  it('has a mean, a least row and a number of rows that are no slower', () => {
    const rows = [seedRow(0, 1), seedRow(1, 0.99), seedRow(2, 1.5), fakeRow({ peers: {} })]
    const summary = bestPeerSummary({ device: H200, rows })!
    expect(summary).toMatchObject({ rows: 3, ahead: 2, least: { ratio: 0.99, peer: 'cuDNN' } })
    expect(summary.least.row).toBe(rows[1])
    expect(summary.mean).toBeCloseTo((1 * 0.99 * 1.5) ** (1 / 3), 12)
    expect(bestPeerSummary({ device: H200, rows: [] })).toBeUndefined()
  })

  it('is a line of a report, beside FlashAttention-3 with where its figure is from', () => {
    const lines = meansText(fakeDocument([seedRow(0, 1.1), seedRow(1, 0.95)]))
    expect(lines).toHaveLength(4)
    expect(lines[2]).toMatch(
      /× FlashAttention-3 .* by its speed over cuDNN's, measured 2026-11-22$/,
    )
    expect(lines[3]).toBe(
      '1.02× the best peer of each row (geometric mean of 2 rows, least 0.95×: Q,K,V 32x512x128x16 float16); 1 rows at 1.00 or more',
    )
  })

  it('is left out where there is one peer', () => {
    const peers = { onnxruntime: { ms: 2, tflops: 1, ratio: 2 } }
    const document = { ...fakeDocument([fakeRow({ peers })]), device: 'a processor' }
    expect(meansText(document)).toHaveLength(1)
    expect(summaryText(document)).not.toContain('best')
  })
})
