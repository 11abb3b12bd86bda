import { type AttentionProblem, layoutViews, newKeys, pastRows, presentRows } from '@attnkit/core'

/**
 * Where the kernels find all keys and values of a problem: as they were given; in the past, when there are none
 * besides; in present; or in a cache that is put together in the plan's workspace.
 */
export type KeySource = 'inputs' | 'past' | 'present' | 'workspace'

export function keySource(problem: AttentionProblem): KeySource {
  if (problem.past === null) return 'inputs'
  if (newKeys(problem) === 0) return 'past'
  return problem.present ? 'present' : 'workspace'
}

/** Whether keys and values lie in one tensor, the values behind all keys. */
export function isStacked({ cacheStacked }: AttentionProblem, source: KeySource): boolean {
  return source === 'workspace' || cacheStacked
}

/** Rows of each head of a cache. */
export function cacheRows(problem: AttentionProblem, source: KeySource): number {
  if (source === 'past') return pastRows(problem)
  return source === 'present' ? presentRows(problem) : problem.seqlenK
}

/** The problem with the views of K and V over all keys, where {@link keySource} says they are. */
export function attendedProblem(problem: AttentionProblem): AttentionProblem {
  const source = keySource(problem)
  if (source === 'inputs') return problem
  const rows = cacheRows(problem, source)
  const { k, v } = layoutViews('bnsh', { ...problem, newKeys: rows })
  const offset = isStacked(problem, source) ? problem.batch * k.batchStride : 0
  return { ...problem, k, v: { ...v, offset } }
}
