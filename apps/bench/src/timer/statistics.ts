/** The value below which a fraction `q` of `values` lies, interpolated; NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (position - below)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The n-th root of the product of n positive numbers; NaN for none. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export interface Spread {
  readonly median: number
  readonly p10: number
  readonly p90: number
  readonly samples: number
}

/** Median with the tenth and ninetieth percentile. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    samples: values.length,
  }
}
