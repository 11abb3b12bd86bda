import type { AttentionProblem } from '../problem/attention-problem.js'

/** Whether a problem writes anything at all: backends are spared those that do not. */
export function hasWork({ batch, seqlenQ, seqlenK, present }: AttentionProblem): boolean {
  return batch > 0 && (seqlenQ > 0 || (present && seqlenK > 0))
}
