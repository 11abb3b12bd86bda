import type { AttentionProblem } from './attention-problem.js'
import { type HeadRole, headAxes } from './head-axes.js'

/** Where the first element of a vector lies. */
export interface HeadVector {
  /** In a contiguous (batch, position, head, dim) tensor; (token, head, dim) when varlen. */
  readonly at: number
  /** In the tensor that the view reads. */
  readonly from: number
}

/**
 * The vectors of `role`, in the order of a contiguous tensor. `tokens`: of all sequences, when varlen.
 */
export function* headVectors(
  problem: AttentionProblem,
  role: HeadRole,
  tokens: number,
): Generator<HeadVector, void, undefined> {
  const { view, seqlen, heads, headDim } = headAxes(problem, role)
  const [batch, positions] = problem.varlen ? [1, tokens] : [problem.batch, seqlen]
  let at = 0
  for (let b = 0; b < batch; b++) {
    for (let position = 0; position < positions; position++) {
      const start = view.offset + b * view.batchStride + position * view.seqStride
      for (let head = 0; head < heads; head++) {
        yield { at, from: start + head * view.headStride }
        at += headDim
      }
    }
  }
}
