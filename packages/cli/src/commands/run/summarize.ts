import { type HostTensor, toFloat64 } from '@attnkit/core'

/** A tensor's values in a few numbers; null where it has none that count. */
export interface Summary {
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  readonly nan: number
}

/** Smallest, largest and mean of the numbers in a tensor, and how many are none. */
export function summarize(tensor: HostTensor): Summary {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  let count = 0
  const values = toFloat64(tensor)
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (value < min) min = value
    if (value > max) max = value
    sum += value
    count += 1
  }
  const nan = values.length - count
  return count === 0
    ? { min: null, max: null, mean: null, nan }
    : { min, max, mean: sum / count, nan }
}
