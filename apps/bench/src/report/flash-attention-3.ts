import table from '../peers/flash-attention-3.json' with { type: 'json' }
import { peerRatio } from './peer-ratio.js'
import type { ResultRow } from './result.js'

type Measured = (typeof table.rows)[number]

/** Where and when FlashAttention-3 was measured, in a line. */
export const FLASH_ATTENTION_3_SOURCE = `by its speed over cuDNN's, measured ${table.about.date}`

function isSameKind(measured: Measured, row: ResultRow): boolean {
  return (
    measured.format === row.format &&
    measured.seqlen === row.seqlen_q &&
    measured.head_dim === row.head_dim &&
    measured.causal === row.causal
  )
}

/** The row itself where it was measured, else one of other heads and batch. */
function measuredLike(row: ResultRow): Measured | undefined {
  if (row.dtype !== 'float16' || row.seqlen_k !== row.seqlen_q) return undefined
  if (row.num_heads_kv !== row.num_heads || row.head_dim_v !== row.head_dim) return undefined
  const kin = table.rows.filter((measured) => isSameKind(measured, row))
  const same = (one: Measured) => one.batch === row.batch && one.num_heads === row.num_heads
  return kin.find(same) ?? kin[0]
}

/**
 * How many times as fast as FlashAttention-3 ours is, from the ratio to cuDNN in this row and that of
 * FlashAttention-3 to cuDNN in a table: PyTorch does not have it, so it was measured by itself once.
 * Undefined where one of them is not known.
 */
export function flashAttention3Ratio(device: string, row: ResultRow): number | undefined {
  const toCudnn = device === table.about.device ? peerRatio(row, 'cudnn') : undefined
  const measured = toCudnn === undefined ? undefined : measuredLike(row)
  return measured && toCudnn !== undefined ? toCudnn / measured.to_cudnn : undefined
}
