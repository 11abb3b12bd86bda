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
  /**
   * Another call over the same inputs that means the same, said in a simpler way: what it gives is expected
   * then. Outputs that it does not ask for are expected to be the case's own.
   */
  same?(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor>
}
