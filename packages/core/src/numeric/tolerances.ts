import type { FloatDtype } from '../tensor/dtype.js'

/** How far a result may be from float64 attention over the same inputs. */
export interface Tolerance {
  /** Largest ‖actual − expected‖ / ‖expected‖, euclidean. */
  readonly norm: number
  /** Largest error of one element over the largest |expected|. */
  readonly max: number
}

/** What every backend must reach, by the dtype of the problem. */
export const TOLERANCES: Readonly<Record<FloatDtype, Tolerance>> = Object.freeze({
  float64: { norm: 1e-12, max: 1e-11 },
  float32: { norm: 2e-6, max: 1e-5 },
  float16: { norm: 6e-4, max: 4e-3 },
  bfloat16: { norm: 5e-3, max: 3e-2 },
})
