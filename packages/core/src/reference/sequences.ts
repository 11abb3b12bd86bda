import type { BoundProblem } from '../backend/plan.js'
import { newKeys } from '../problem/head-axes.js'
import { hostInt32 } from '../problem/index-faults.js'
import type { HostTensor } from '../tensor/tensor.js'

/** Where the queries and keys of one batch entry begin in their tensors, and how many there are. */
export interface Sequence {
  readonly queryStart: number
  readonly queries: number
  readonly keyStart: number
  /** Keys of the past. */
  readonly past: number
  /** The past included. */
  readonly keys: number
}

/**
 * The sequence of each batch entry: all alike, with a past of their own, or as the cumulative lengths cut
 * the tokens.
 */
export function sequences(bound: BoundProblem<HostTensor>): readonly Sequence[] {
  const { batch } = bound.problem
  const at = bound.problem.varlen ? unpadded(bound) : padded(bound)
  return Array.from({ length: batch }, (_, b) => at(b))
}

function unpadded({ cuSeqlensQ, cuSeqlensK }: BoundProblem<HostTensor>): (b: number) => Sequence {
  const [startsQ, startsK] = [hostInt32(cuSeqlensQ)!, hostInt32(cuSeqlensK)!]
  return (b) => ({
    queryStart: startsQ[b]!,
    queries: startsQ[b + 1]! - startsQ[b]!,
    keyStart: startsK[b]!,
    past: 0,
    keys: startsK[b + 1]! - startsK[b]!,
  })
}

function padded({ problem, pastSeqlens }: BoundProblem<HostTensor>): (b: number) => Sequence {
  const most = problem.past?.seqlen ?? 0
  const lengths = problem.past?.perBatch ? hostInt32(pastSeqlens) : undefined
  return (b) => {
    const past = Math.min(Math.max(lengths?.[b] ?? most, 0), most)
    const keys = past + newKeys(problem)
    return { queryStart: 0, queries: problem.seqlenQ, keyStart: 0, past, keys }
  }
}

/** Query tokens of all sequences together. */
export function queryTokens(all: readonly Sequence[]): number {
  return all.reduce((sum, { queries }) => sum + queries, 0)
}
