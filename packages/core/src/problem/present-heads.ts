import type { AttentionProblem } from './attention-problem.js'
import { presentRows } from './head-axes.js'

/** The rows of one (batch, key head) in `presentKey` or `presentValue`. */
export interface PresentHead {
  readonly batch: number
  /** Counted over batch entries and key heads. */
  readonly head: number
  /** Elements of a row. */
  readonly dim: number
  /** Where the first of its rows begins in the tensor, and the last ends. */
  readonly at: number
  readonly end: number
}

/** Where the keys or values of each head lie in a present, the values behind all keys when it is stacked. */
export function presentHeads(
  problem: AttentionProblem,
  role: 'presentKey' | 'presentValue',
): readonly PresentHead[] {
  const { batch, numHeadsKv, headDim, headDimV, cacheStacked } = problem
  const heads = batch * numHeadsKv
  const dim = role === 'presentKey' ? headDim : headDimV
  const size = presentRows(problem) * dim
  const start = cacheStacked && role === 'presentValue' ? heads * size : 0
  return Array.from({ length: heads }, (_, head) => {
    const at = start + head * size
    return { batch: Math.floor(head / numHeadsKv), head, dim, at, end: at + size }
  })
}
