import type { BoundProblem } from '../backend/plan.js'
import { hostInt32 } from '../problem/index-faults.js'
import type { HostTensor } from '../tensor/tensor.js'

/** Where the queries and keys of one batch entry begin in their tensors, and how many there are. */
export interface Sequence {
  readonly queryStart: number
  readonly queries: number
  readonly keyStart: number
  /** The past included. */
  readonly keys: number
}

/** The sequence of each batch entry: all alike, or as the cumulative lengths cut the tokens. */
export function sequences(bound: BoundProblem<HostTensor>): readonly Sequence[] {
  const { batch, seqlenQ, seqlenK, varlen } = bound.problem
  const starts = varlen ? [hostInt32(bound.cuSeqlensQ), hostInt32(bound.cuSeqlensK)] : []
  const [startsQ, startsK] = starts
  return Array.from({ length: batch }, (_, b) => {
    const queryStart = startsQ?.[b] ?? 0
    const keyStart = startsK?.[b] ?? 0
    return {
      queryStart,
      queries: startsQ ? startsQ[b + 1]! - queryStart : seqlenQ,
      keyStart,
      keys: startsK ? startsK[b + 1]! - keyStart : seqlenK,
    }
  })
}

/** Query tokens of all sequences together. */
export function queryTokens(all: readonly Sequence[]): number {
  return all.reduce((sum, { queries }) => sum + queries, 0)
}
