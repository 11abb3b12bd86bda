import type { FloatDtype } from '../tensor/dtype.js'

/** The lowest finite number of each dtype. */
export const LOWEST_VALUES: Readonly<Record<FloatDtype, number>> = Object.freeze({
  float64: -Number.MAX_VALUE,
  float32: -(2 - 2 ** -23) * 2 ** 127,
  float16: -65504,
  bfloat16: -(2 - 2 ** -7) * 2 ** 127,
})
