import type { AttentionProblem } from './attention-problem.js'
import { type HeadRole, headAxes } from './head-axes.js'

/**
 * Visits the vectors of `role` in the order of a contiguous (batch, position, head, dim) tensor,
 * (token, head, dim) when varlen: `visit(at, from)` with the vector's first element there and in the
 * tensor that the view reads. `tokens`: of all sequences, when varlen.
 */
export function forEachHeadVector(
  problem: AttentionProblem,
  role: HeadRole,
  tokens: number,
  visit: (at: number, from: number) => void,
): void {
  const { view, seqlen, heads, headDim } = headAxes(problem, role)
  const [batch, positions] = problem.varlen ? [1, tokens] : [problem.batch, seqlen]
  let at = 0
  for (let b = 0; b < batch; b++) {
    for (let position = 0; position < positions; position++) {
      const start = view.offset + b * view.batchStride + position * view.seqStride
      for (let head = 0; head < heads; head++) {
        visit(at, start + head * view.headStride)
        at += headDim
      }
    }
  }
}
