import { type HeadValues, normalValues } from '../subjects/row-values.js'
import { type AccuracyProblem, INPUT_KINDS } from './accuracy-problems.js'
import { uniformSource } from './random.js'

const OUTLIER_FACTOR = 100
// Another stream of random numbers than that of the values.
const OUTLIER_SEED = 0x5eed

/** Q, K and V of a problem, each (B, S, N·H) row-major; the same ones for the same seed. */
export function accuracyValues({ shape, inputs }: AccuracyProblem, seed: number): HeadValues {
  const { queryScale, outliers } = INPUT_KINDS[inputs]
  const values = normalValues(shape, seed)
  const random = uniformSource(seed ^ OUTLIER_SEED)
  const spiked = (array: Float32Array): Float32Array =>
    outliers === 0
      ? array
      : array.map((value) => (random() < outliers ? value * OUTLIER_FACTOR : value))
  return {
    query: spiked(values.query.map((value) => value * queryScale)),
    key: spiked(values.key),
    value: spiked(values.value),
  }
}
