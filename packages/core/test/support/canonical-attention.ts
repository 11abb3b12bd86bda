import { tensor } from '../../src/tensor/host-tensor.js'
import type { HostTensor } from '../../src/tensor/tensor.js'

// The literals of ONNX Runtime's attention_op_test.cc: S 2, D 4, N 2, H 2.

export type Rows = readonly (readonly number[])[]

/** The two input rows. */
export const A = [0.8, -0.5, 0, 1]
export const B = [0.5, 0.2, 0.3, -0.6]

export const WEIGHTS: Rows = [
  [0.1, -0.2, 0.3, 1, 1.1, 0.3, 0.5, 0.2, 0.3, -0.6, 1.5, 2],
  [0.5, 0.1, 0.4, 1.6, 1, 2, 0.4, 0.8, 0.9, 0.1, -1.3, 0.7],
  [0.3, 0.2, 4, 2.2, 1.6, 1.1, 0.7, 0.2, 0.4, 1, 1.2, 0.5],
  [0.2, 0.1, 0.4, 1.6, 2.4, 3.3, 2.1, 4.2, 8.4, 0, 2.1, 3.2],
]
export const BIAS = [-0.5, 0.6, 1.2, 2.1, 0.5, 0.7, 0.2, 1.2, 0.5, 0.4, 0.3, 1.2]

/** The output for the rows A and B, nothing masked. */
export const PLAIN: Rows = [
  [3.1495983600616455, 0.10843668878078461, 4.25, 5.65],
  [3.9696791172027588, 0.073143675923347473, 4.25, 5.65],
]
/** The values of A and of B: the output of a row that sees only one of them. */
export const ONLY_A = [8.69, -0.13, 4.25, 5.65]
export const ONLY_B = [-4.09, 0.42, -0.11, 0.57]

/** `attentionBias`, (1, 2, 2, 2), and the output for the rows A and B with it. */
export const ATTENTION_BIAS = [0.2, -0.1, 0.4, 2.5, 1.6, -1.1, 0.4, -2.5]
export const BIASED: Rows = [
  [4.066014289855957, 0.068997815251350403, 4.25, 5.65],
  [-1.8799558877944946, 0.32488855719566345, 4.25, 5.65],
]

/**
 * The output for the rows B and A with every key masked, as without a mask but for this: ONNX
 * Runtime adds -10000 in float32, which rounds scores to 1e-3. Of values from -4 to 9 that leaves
 * 5e-3.
 */
export const ALL_MASKED: Rows = [
  [3.967245, 0.073248, 4.25, 5.65],
  [3.149847, 0.108426, 4.25, 5.65],
]
export const ALL_MASKED_TOLERANCE = 5e-3

/** One third (Q, K or V) of the projection of the input rows, without the bias. */
export function projected(rows: Rows, third: number): number[] {
  return rows.flatMap((row) =>
    [0, 1, 2, 3].map((column) =>
      row.reduce((sum, value, i) => sum + value * WEIGHTS[i]![4 * third + column]!, 0),
    ),
  )
}

export function float64(values: readonly number[], ...shape: number[]): HostTensor<'float64'> {
  return tensor(Float64Array.from(values), shape)
}
