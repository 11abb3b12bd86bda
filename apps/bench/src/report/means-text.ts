import { times } from './number-format.js'
import { peerMeans } from './peer-ratio.js'
import { PEER_TITLES } from './peer-titles.js'
import type { ResultRow } from './result.js'

/** A line for each peer: the geometric mean of the ratios to it. */
export function meansText(rows: readonly ResultRow[]): string[] {
  return peerMeans(rows).map(
    ({ peer, mean, least, rows: count }) =>
      `${times(mean)} ${PEER_TITLES[peer]} (geometric mean of ${count} rows, least ${times(least)})`,
  )
}
