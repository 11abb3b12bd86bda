import type { AttentionProblem } from './attention-problem.js'

/** Where each part of the projection bias has to be added. */
export interface BiasPlacement {
  readonly q: 'none' | 'load'
  /** `drop`: it may be left out, since softmax does not see it. */
  readonly k: 'none' | 'load' | 'drop'
  /** `output`: once to each row that sees a key, instead of to each value. */
  readonly v: 'none' | 'load' | 'output'
}

/**
 * How little of the projection bias a kernel must add. K's adds the same number to every score of a
 * row, which only softcap, a sink, the score outputs, a cache, keys of the past, and a norm or rotary
 * embedding after it can show. V's comes out
 * of the row as it went in when the weights sum to one: without a sink, without keys of a past that
 * have it already, and not in rows that see no key, which are 0. `present*` always hold both.
 */
export function projectionBiasPlacement(problem: AttentionProblem): BiasPlacement {
  const { projectionBias, past, sink } = problem
  const shown =
    problem.present ||
    problem.softcap !== 0 ||
    problem.qkOutput !== 'none' ||
    problem.softmaxLse ||
    problem.qkNorm !== null ||
    problem.rotary !== null ||
    sink !== 'none' ||
    past !== null
  return {
    q: projectionBias?.q ? 'load' : 'none',
    k: projectionBias?.k ? (shown ? 'load' : 'drop') : 'none',
    v: projectionBias?.v ? (sink !== 'none' || past !== null ? 'load' : 'output') : 'none',
  }
}
