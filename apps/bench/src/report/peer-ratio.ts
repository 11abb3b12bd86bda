import { geometricMean } from '../timer/statistics.js'
import { PEER_NAMES, type PeerName, type ResultRow } from './result.js'

/** How many times as fast as the peer ours is; undefined where the peer was not measured. */
export function peerRatio(row: ResultRow, peer: PeerName): number | undefined {
  const result = row.peers[peer]
  return result && (result.ratio ?? row.tflops / result.tflops)
}

export interface PeerMean {
  readonly peer: PeerName
  /** Geometric mean of the ratios. */
  readonly mean: number
  readonly least: number
  readonly rows: number
}

/** For every peer that was measured: geometric mean and least of the ratios. */
export function peerMeans(rows: readonly ResultRow[]): PeerMean[] {
  return PEER_NAMES.flatMap((peer) => {
    const ratios = rows.map((row) => peerRatio(row, peer)).filter((ratio) => ratio !== undefined)
    if (ratios.length === 0) return []
    return [{ peer, mean: geometricMean(ratios), least: Math.min(...ratios), rows: ratios.length }]
  })
}
