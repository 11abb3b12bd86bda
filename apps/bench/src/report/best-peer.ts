import { geometricMean } from '../timer/statistics.js'
import { flashAttention3Ratio } from './flash-attention-3.js'
import { peerRatio } from './peer-ratio.js'
import { PEER_NAMES, type ResultDocument, type ResultRow } from './result.js'

export type MeasuredRows = Pick<ResultDocument, 'device' | 'rows'>

/** How many times as fast as the fastest peer ours is; undefined where none was measured. */
export function bestPeerRatio(device: string, row: ResultRow): number | undefined {
  const ratios = [
    ...PEER_NAMES.map((peer) => peerRatio(row, peer)),
    flashAttention3Ratio(device, row),
  ].filter((ratio) => ratio !== undefined)
  return ratios.length === 0 ? undefined : Math.min(...ratios)
}

export interface BestPeerSummary {
  /** Geometric mean of the ratios to the best peer of each row. */
  readonly mean: number
  readonly least: number
  readonly leastRow: ResultRow
  /** Rows that have a peer, and how many of them are no slower than the best. */
  readonly rows: number
  readonly ahead: number
}

/** Our speed over that of the best peer of each row; undefined where no row has one. */
export function bestPeerSummary({ device, rows }: MeasuredRows): BestPeerSummary | undefined {
  const compared = rows.flatMap((row) => {
    const ratio = bestPeerRatio(device, row)
    return ratio === undefined ? [] : [{ row, ratio }]
  })
  const [first] = compared
  if (first === undefined) return undefined
  const least = compared.reduce((worst, one) => (one.ratio < worst.ratio ? one : worst), first)
  return {
    mean: geometricMean(compared.map(({ ratio }) => ratio)),
    least: least.ratio,
    leastRow: least.row,
    rows: compared.length,
    ahead: compared.filter(({ ratio }) => ratio >= 1).length,
  }
}
