import type { AttentionProblem } from '../problem/attention-problem.js'
import type { Arguments } from './read-arguments.js'
import { requireRank, requireSize } from './shape-rules.js'

type Heads = Pick<AttentionProblem, 'numHeads' | 'headDim' | 'headDimV'>

/** The input `bias`, (2·D + Dv), by `rule`; `heads` is null where they are not known. */
export function readProjectionBias(
  args: Arguments,
  heads: Heads | null,
  rule: string,
): AttentionProblem['projectionBias'] {
  const bias = args.specs.get('bias')
  if (bias === undefined || !requireRank(args, 'bias', bias, [1], rule)) return null
  if (heads !== null) {
    const width = heads.numHeads * (2 * heads.headDim + heads.headDimV)
    requireSize(args, 'bias', 0, width, '2·D + Dv', rule)
  }
  return { q: true, k: true, v: true }
}
