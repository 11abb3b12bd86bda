import { shapeLabel } from '../suites/bench-shape.js'
import type { ResultRow } from './result.js'

/** What a row's name is made of. */
export type NamedRow = Pick<
  ResultRow,
  | 'format'
  | 'batch'
  | 'seqlen_q'
  | 'seqlen_k'
  | 'num_heads'
  | 'num_heads_kv'
  | 'head_dim'
  | 'causal'
  | 'dtype'
  | 'input_width'
>

/** A row as the suites name it. */
export function rowLabel(row: NamedRow): string {
  return shapeLabel({
    ...row,
    seqlen: row.seqlen_q,
    numHeads: row.num_heads,
    headDim: row.head_dim,
    ...(row.input_width !== undefined && { inputWidth: row.input_width }),
    ...(row.seqlen_k !== row.seqlen_q && {
      cache: { seqlenK: row.seqlen_k, numHeadsKv: row.num_heads_kv },
    }),
  })
}
