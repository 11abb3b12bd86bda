import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import type { Attributes, Scalars } from '../../operators/operator.js'
import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { Dtype, FloatDtype } from '../../tensor/dtype.js'

type Shapes = Readonly<Record<string, readonly number[]>>

/** The problem that a call of MultiHeadAttention becomes. `keyPaddingMask` is int32. */
export function loweredProblem(
  dtype: FloatDtype,
  shapes: Shapes,
  attributes: Attributes,
  requested: readonly string[] = [],
  scalars: Scalars = {},
): AttentionProblem {
  const dtypeOf = (name: string): Dtype => (name === 'keyPaddingMask' ? 'int32' : dtype)
  const specs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { dtype: dtypeOf(name), shape }]),
  )
  return multiHeadAttention.lower(specs, attributes, scalars, new Set(requested)).problem
}
