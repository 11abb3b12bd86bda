import { geometricMean } from '../timer/statistics.js'
import { flashAttention3Ratio } from './flash-attention-3.js'
import { peerRatio } from './peer-ratio.js'
import { FLASH_ATTENTION_3_TITLE, PEER_TITLES } from './peer-titles.js'
import { PEER_NAMES, type ResultDocument, type ResultRow } from './result.js'

export type MeasuredRows = Pick<ResultDocument, 'device' | 'rows'>

/** A row beside the fastest of its peers. */
export interface ComparedRow {
  readonly row: ResultRow
  /** As tables name it. */
  readonly peer: string
  /** How many times as fast as that peer ours is. */
  readonly ratio: number
}

/** A row beside the fastest of those that were measured and FlashAttention-3; undefined where none was. */
export function besideBestPeer(device: string, row: ResultRow): ComparedRow | undefined {
  const ratios = [
    ...PEER_NAMES.map((name) => [PEER_TITLES[name], peerRatio(row, name)] as const),
    [FLASH_ATTENTION_3_TITLE, flashAttention3Ratio(device, row)] as const,
  ]
  const compared = ratios.flatMap(([peer, ratio]) =>
    ratio === undefined ? [] : [{ row, peer, ratio }],
  )
  return leastOf(compared)
}

/** The rows that have a peer, each beside the fastest. */
export function comparedRows({ device, rows }: MeasuredRows): ComparedRow[] {
  return rows.map((row) => besideBestPeer(device, row)).filter((one) => one !== undefined)
}

function leastOf(compared: readonly ComparedRow[]): ComparedRow | undefined {
  const [first, ...others] = compared
  return first && others.reduce((least, one) => (one.ratio < least.ratio ? one : least), first)
}

export interface BestPeerSummary {
  /** Geometric mean of the ratios to the best peer of each row. */
  readonly mean: number
  readonly least: ComparedRow
  /** Rows that have a peer, and how many of them are no slower than the best. */
  readonly rows: number
  readonly ahead: number
}

/** Our speed over that of the best peer of each row; undefined where no row has one. */
export function bestPeerSummary(measured: MeasuredRows): BestPeerSummary | undefined {
  const compared = comparedRows(measured)
  const least = leastOf(compared)
  if (least === undefined) return undefined
  return {
    mean: geometricMean(compared.map(({ ratio }) => ratio)),
    least,
    rows: compared.length,
    ahead: compared.filter(({ ratio }) => ratio >= 1).length,
  }
}
