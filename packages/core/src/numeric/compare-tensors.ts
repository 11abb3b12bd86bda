import type { Tolerance } from './tolerances.js'

export interface Comparison {
  /** ‖actual − expected‖ / ‖expected‖; Infinity when they differ in a NaN or an infinity. */
  readonly relError: number
  /** The largest error of one element over the largest |expected|. */
  readonly maxError: number
  readonly allowed: Tolerance
  readonly ok: boolean
}

const MISMATCH = Number.POSITIVE_INFINITY

/**
 * Compares results with what is expected of them. Infinities must be met by the same infinity, and a
 * NaN on either side is never right. Where all that is expected is 0 the errors are absolute.
 */
export function compareTensors(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): Comparison {
  const errors = actual.length === expected.length ? measure(actual, expected) : null
  const { relError, maxError } = errors ?? { relError: MISMATCH, maxError: MISMATCH }
  const ok = relError <= tolerance.norm && maxError <= tolerance.max
  return { relError, maxError, allowed: tolerance, ok }
}

function measure(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  let errorSquares = 0
  let squares = 0
  let largestError = 0
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i]!
    const got = actual[i]!
    if (!Number.isFinite(want) && got === want) continue
    const error = Math.abs(got - want)
    if (!Number.isFinite(error)) return null
    errorSquares += error * error
    squares += want * want
    largestError = Math.max(largestError, error)
    largest = Math.max(largest, Math.abs(want))
  }
  return {
    relError: Math.sqrt(errorSquares / (squares || 1)),
    maxError: largestError / (largest || 1),
  }
}
