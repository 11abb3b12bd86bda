import { describe, expect, it } from 'vitest'
import { compareResults, verdictOf } from '../src/compare.js'
import { comparisonText } from '../src/report/comparison-text.js'
import { fakeRow } from './fake-document.js'

/** A row with this median and this interval. */
function timed(ms: number, low: number, high: number) {
  return fakeRow({ ms, ms_p10: low, ms_p90: high })
}

describe('verdicts', () => {
  const before = timed(1, 0.95, 1.05)

  it('are SAME within the tolerance, however narrow the intervals', () => {
    expect(verdictOf(timed(1, 1, 1), timed(1.029, 1.029, 1.029), 0.03)).toBe('SAME')
    expect(verdictOf(timed(1, 1, 1), timed(1.031, 1.031, 1.031), 0.03)).toBe('SLOW')
  })

  it('are SAME where each median lies in the other’s interval', () => {
    expect(verdictOf(timed(1, 0.8, 1.2), timed(1.15, 0.9, 1.4), 0.03)).toBe('SAME')
  })

  it('are FAST and SLOW where the intervals do not touch', () => {
    expect(verdictOf(before, timed(0.8, 0.75, 0.94), 0.03)).toBe('FAST')
    expect(verdictOf(before, timed(1.2, 1.06, 1.3), 0.03)).toBe('SLOW')
  })

  it('are AMBIGUOUS where they overlap in part', () => {
    expect(verdictOf(before, timed(1.1, 1.04, 1.2), 0.03)).toBe('AMBIGUOUS')
    expect(verdictOf(before, timed(0.9, 0.85, 0.96), 0.03)).toBe('AMBIGUOUS')
  })
})

describe('comparing documents', () => {
  const shared = fakeRow()
  const causal = fakeRow({ causal: true })
  const other = fakeRow({ backend: 'cuda-memeff' })

  it('pairs rows by problem and backend, and tells those without a partner', () => {
    const result = compareResults({ rows: [causal, shared] }, { rows: [shared, other] })
    expect(result.rows.map(({ verdict }) => verdict)).toEqual(['SAME'])
    expect(result.onlyBefore).toEqual(['QKV 2x1024x8x64 float16 causal cuda-flash'])
    expect(result.onlyAfter).toEqual(['QKV 2x1024x8x64 float16 cuda-memeff'])
  })

  it('is shown with every row, its speed and the number of each verdict', () => {
    const slower = fakeRow({ ms: 2, ms_p10: 1.9, ms_p90: 2.1 })
    const text = comparisonText(compareResults({ rows: [shared] }, { rows: [slower, causal] }))
    expect(text).toContain('0.50×')
    expect(text).toContain('0 SAME, 0 FAST, 1 SLOW, 0 AMBIGUOUS')
    expect(text).toContain('only in the second: QKV 2x1024x8x64 float16 causal cuda-flash')
  })
})
