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

/** The geometric mean and the least of the ratios that there are; undefined for none. */
export function meanOf(all: readonly (number | undefined)[]): Omit<PeerMean, 'peer'> | undefined {
  const ratios = all.filter((ratio) => ratio !== undefined)
  if (ratios.length === 0) return undefined
  return { mean: geometricMean(ratios), least: Math.min(...ratios), rows: ratios.length }
}

/** For every peer that was measured: geometric mean and least of the ratios. */
export function peerMeans(rows: readonly ResultRow[]): PeerMean[] {
  return PEER_NAMES.flatMap((peer) => {
    const mean = meanOf(rows.map((row) => peerRatio(row, peer)))
    return mean ? [{ peer, ...mean }] : []
  })
}
