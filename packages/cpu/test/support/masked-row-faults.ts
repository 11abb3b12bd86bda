import type { HostTensor } from '@attnkit/core'
import { outputFaults } from './output-faults.js'

// ONNX Runtime adds the filter value -10000 in float32, whose numbers there are 1e-3 apart.
const MASKED_TOLERANCE = 1e-3

/** The rows of an output, (batch · queries, width), that are compared, and how. */
interface Rows {
  readonly width: number
  /** Rows whose every key is masked: their tolerance is another. */
  readonly masked: ReadonlySet<number>
  /** Rows that are not compared. */
  readonly isLeftOut?: (row: number) => boolean
}

/** How an output differs from ONNX Runtime's, of which some rows may be masked. */
export function maskedRowFaults(
  actual: HostTensor,
  expected: Float32Array,
  { width, masked, isLeftOut = () => false }: Rows,
): readonly string[] {
  const isCompared = (index: number, wanted: boolean) => {
    const row = Math.floor(index / width)
    return masked.has(row) === wanted && !isLeftOut(row)
  }
  const faults = [...outputFaults('output', actual, expected, (at) => isCompared(at, false))]
  const wrong = expected.findIndex(
    (value, at) =>
      isCompared(at, true) && !(Math.abs(Number(actual.data[at]) - value) <= MASKED_TOLERANCE),
  )
  if (wrong >= 0) {
    faults.push(`masked element ${wrong}: ${actual.data[wrong]} instead of ${expected[wrong]}`)
  }
  return faults
}
