import type { AttentionProblem } from './attention-problem.js'
import type { HeadView } from './views.js'

export const HEAD_ROLES = ['q', 'k', 'v', 'output'] as const
/** The roles whose elements are found by a {@link HeadView}. */
export type HeadRole = (typeof HEAD_ROLES)[number]

/** What a head view runs over. */
export interface HeadAxes {
  readonly view: HeadView
  /** Sequence positions; the longest sequence's when varlen. New keys only when there is a past. */
  readonly seqlen: number
  readonly heads: number
  readonly headDim: number
}

/** Keys that are not in the past. */
export function newKeys(problem: AttentionProblem): number {
  return problem.seqlenK - (problem.past?.seqlen ?? 0)
}

/** Rows of `pastKey` and `pastValue`; 0 without a past. */
export function pastRows({ past }: AttentionProblem): number {
  return past?.bufferLength ?? past?.seqlen ?? 0
}

/** Rows of `presentKey` and `presentValue`. */
export function presentRows({ past, seqlenK }: AttentionProblem): number {
  return Math.max(past?.bufferLength ?? 0, seqlenK)
}

/** The sizes that the view of `role` runs over. */
export function headAxes(problem: AttentionProblem, role: HeadRole): HeadAxes {
  const ofQueries = role === 'q' || role === 'output'
  return {
    view: problem[role],
    seqlen: ofQueries ? problem.seqlenQ : newKeys(problem),
    heads: ofQueries ? problem.numHeads : problem.numHeadsKv,
    headDim: role === 'q' || role === 'k' ? problem.headDim : problem.headDimV,
  }
}
