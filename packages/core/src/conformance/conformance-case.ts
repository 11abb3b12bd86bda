import type { BoundProblem } from '../backend/plan.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Random } from './random.js'

/** One line of the semantics, as a problem whose result shows whether a backend keeps to it. */
export interface ConformanceCase {
  /** e.g. `causal-with-past`. */
  readonly name: string
  /** What holds, as the docs say it. */
  readonly meaning: string
  problem(dtype: FloatDtype): AttentionProblem
  /** The tensors, where random ones do not show it. */
  tensors?(problem: AttentionProblem, random: Random): BoundProblem<HostTensor>
}
