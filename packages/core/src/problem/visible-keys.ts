import type { AttentionProblem } from './attention-problem.js'

/** What {@link visibleKeys} cannot know from the problem alone. */
export interface RowContext {
  /** The values behind a `per-batch` causal offset. */
  readonly causalOffset?: ArrayLike<number>
  /** Keys of this sequence, when varlen. */
  readonly seqlenK?: number
}

/**
 * The keys [first, end) that causal and windows leave visible to one query; first equals end when
 * there are none. Masks come on top.
 */
export function visibleKeys(
  problem: AttentionProblem,
  batch: number,
  query: number,
  { causalOffset, seqlenK = problem.seqlenK }: RowContext = {},
): readonly [first: number, end: number] {
  const { causal, windowLeft, windowRight } = problem
  const offset =
    problem.causalOffset === 'per-batch' ? (causalOffset?.[batch] ?? 0) : problem.causalOffset
  const diagonal = query + offset
  const last = causal ? diagonal : windowRight < 0 ? seqlenK - 1 : diagonal + windowRight
  const end = Math.min(Math.max(last + 1, 0), seqlenK)
  const first = windowLeft < 0 ? 0 : Math.max(diagonal - windowLeft, 0)
  return [Math.min(first, end), end]
}
