import type { AttentionProblem } from './attention-problem.js'

/** What {@link visibleKeys} cannot know from the problem alone. */
export interface RowContext {
  /** The values behind a `per-batch` causal offset. */
  readonly causalOffset?: ArrayLike<number>
  /** The values behind `per-batch` key lengths. */
  readonly keyLengths?: ArrayLike<number>
  /** Keys of this sequence, when varlen, or when each batch entry has a past of its own. */
  readonly seqlenK?: number
}

/**
 * The keys [first, end) that key lengths, causal and windows leave visible to one query; first equals end
 * when there are none. Masks come on top.
 */
export function visibleKeys(
  problem: AttentionProblem,
  batch: number,
  query: number,
  context: RowContext = {},
): readonly [first: number, end: number] {
  const { causal, causalOffset, windowLeft, windowRight } = problem
  const keys = keysOf(problem, batch, context)
  const offset = causalOffset === 'per-batch' ? (context.causalOffset?.[batch] ?? 0) : causalOffset
  const diagonal = query + offset
  const last = causal ? diagonal : windowRight < 0 ? keys - 1 : diagonal + windowRight
  const end = Math.min(Math.max(last + 1, 0), keys)
  const first = windowLeft < 0 ? 0 : Math.max(diagonal - windowLeft, 0)
  return [Math.min(first, end), end]
}

/** Keys of a sequence that its key length leaves; lengths past the keys leave all. */
function keysOf(
  { keyLengths, seqlenK: longest }: AttentionProblem,
  batch: number,
  { keyLengths: lengths, seqlenK = longest }: RowContext,
): number {
  const length = keyLengths === 'per-batch' ? lengths?.[batch] : keyLengths
  return Math.min(Math.max(length ?? seqlenK, 0), seqlenK)
}
