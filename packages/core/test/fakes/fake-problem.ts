import type { AttentionProblem } from '../../src/problem/attention-problem.js'
import { defineProblem, type ProblemOptions } from '../../src/problem/define-problem.js'

/** A small problem, of the operator that people call most. */
export function problemOf(options: Partial<ProblemOptions> = {}): AttentionProblem {
  return defineProblem({
    operator: 'MultiHeadAttention',
    dtype: 'float16',
    batch: 1,
    seqlenQ: 128,
    numHeads: 2,
    headDim: 64,
    ...options,
  })
}
