import { shapeLabel } from '../suites/bench-shape.js'
import type { ResultRow } from './result.js'

/** A row as the suites name it. */
export function rowLabel(row: ResultRow): string {
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
