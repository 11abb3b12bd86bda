import type { AttentionProblem } from '@attnkit/core'
import type { ResultRow } from '../report/result.js'

type RowSizes = Pick<
  ResultRow,
  'batch' | 'seqlen_q' | 'seqlen_k' | 'num_heads' | 'num_heads_kv' | 'head_dim' | 'head_dim_v'
>

/** The sizes of a problem, as rows of result files have them. */
export function rowSizes(problem: AttentionProblem): RowSizes {
  return {
    batch: problem.batch,
    seqlen_q: problem.seqlenQ,
    seqlen_k: problem.seqlenK,
    num_heads: problem.numHeads,
    num_heads_kv: problem.numHeadsKv,
    head_dim: problem.headDim,
    head_dim_v: problem.headDimV,
  }
}
