/** Three significant digits without an exponent, as far as it is readable. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  if (magnitude < -3) return value.toExponential(1)
  return value.toFixed(Math.max(0, 2 - magnitude))
}

/** A ratio with two decimals and a multiplication sign. */
export function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–'
}
