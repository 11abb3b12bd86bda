import { describe, expect, it } from 'vitest'
import { geometricMean, median, quantile, spreadOf } from '../src/timer/statistics.js'

describe('statistics', () => {
  it('interpolates quantiles and does not reorder what it is given', () => {
    const values = [4, 1, 3, 2]
    expect(quantile(values, 0)).toBe(1)
    expect(quantile(values, 0.5)).toBe(2.5)
    expect(quantile(values, 0.9)).toBeCloseTo(3.7, 12)
    expect(quantile(values, 1)).toBe(4)
    expect(values).toEqual([4, 1, 3, 2])
  })

  it('has the middle value as the median', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })

  it('takes geometric means', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12)
    expect(geometricMean([])).toBeNaN()
  })

  it('is not moved by one outlier', () => {
    const spread = spreadOf([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 100])
    expect(spread).toEqual({ median: 1, p10: 1, p90: 1, samples: 11 })
  })
})
