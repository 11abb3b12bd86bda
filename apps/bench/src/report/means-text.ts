import { bestPeerSummary, type MeasuredRows } from './best-peer.js'
import { FLASH_ATTENTION_3_SOURCE, flashAttention3Ratio } from './flash-attention-3.js'
import { times } from './number-format.js'
import { meanOf, type PeerMean, peerMeans } from './peer-ratio.js'
import { FLASH_ATTENTION_3_TITLE, PEER_TITLES } from './peer-titles.js'
import { rowLabel } from './row-label.js'

function meanText(title: string, { mean, least, rows }: Omit<PeerMean, 'peer'>): string {
  return `${times(mean)} ${title} (geometric mean of ${rows} rows, least ${times(least)})`
}

/** A line for each peer, the geometric mean of the ratios to it, and one for the best peer of each row. */
export function meansText(measured: MeasuredRows): string[] {
  const { device, rows } = measured
  const means = peerMeans(rows)
  const third = meanOf(rows.map((row) => flashAttention3Ratio(device, row)))
  return [
    ...means.map(({ peer, ...mean }) => meanText(PEER_TITLES[peer], mean)),
    ...(third ? [`${meanText(FLASH_ATTENTION_3_TITLE, third)}, ${FLASH_ATTENTION_3_SOURCE}`] : []),
    ...(means.length + (third ? 1 : 0) > 1 ? bestPeerText(measured) : []),
  ]
}

function bestPeerText(measured: MeasuredRows): string[] {
  const best = bestPeerSummary(measured)
  if (best === undefined) return []
  const { mean, least, rows, ahead } = best
  const extent = `geometric mean of ${rows} rows, least ${times(least.ratio)}: ${rowLabel(least.row)}`
  return [`${times(mean)} the best peer of each row (${extent}); ${ahead} rows at 1.00 or more`]
}
