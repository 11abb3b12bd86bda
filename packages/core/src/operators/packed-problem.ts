import type { AttentionProblem } from '../problem/attention-problem.js'
import type { ProblemOptions } from '../problem/define-problem.js'
import type { LoweredOutput } from './operator.js'
import type { PackedSequences } from './packed-sequences.js'

/** What the problems of the packed operators have in common. */
export function packedOptions({ batch, seqlen }: PackedSequences) {
  return {
    batch,
    seqlenQ: seqlen,
    seqlenK: seqlen,
    varlen: true,
    emptyRows: 'ignore-mask',
  } as const satisfies Partial<ProblemOptions>
}

/** The roles of the inputs that the packed operators share. */
export const PACKED_ROLES = {
  projectionBias: 'bias',
  attentionBias: 'attentionBias',
  cuSeqlensQ: 'cumulativeSequenceLength',
  cuSeqlensK: 'cumulativeSequenceLength',
} as const

/** The output of a packed operator, (K, Dv). */
export function packedOutput(
  { numHeads, headDimV, dtype }: AttentionProblem,
  tokens: number,
): LoweredOutput {
  return { name: 'output', roles: ['output'], dtype, shape: [tokens, numHeads * headDimV] }
}
