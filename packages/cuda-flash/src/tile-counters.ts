import { type AttentionProblem, type DeviceProperties, seqlenBucket } from '@attnkit/core'
import { type Splits, tilesOf } from './splits.js'
import { tuningOf } from './tuning.js'
import type { TileVariant, Variant } from './variants.js'

/**
 * How many of the stream's counters a kernel uses, and leaves at 0: a Hopper kernel one, from which its thread
 * blocks take tiles; a decode kernel whose splits are combined through the workspace one for each tile, in
 * which they count who has written its results, since the last combines them. Lengths count by their buckets.
 */
export function tileCounters(
  problem: AttentionProblem,
  variant: Variant,
  { count, inCluster }: Splits,
  device: DeviceProperties,
): number {
  switch (variant.family) {
    case 'fa2-sm80':
      return 0
    case 'hopper-sm90a':
      return takesTiles(problem, variant, device) ? 1 : 0
    case 'decode-sm80':
      return count > 1 && !inCluster ? tilesOf(problem, variant) : 0
  }
}

/**
 * Thread blocks of a Hopper kernel stay and go from tile to tile: where tiles differ in length, each takes the
 * next one when it is free; else they are dealt out.
 */
function takesTiles(
  problem: AttentionProblem,
  { block_m }: TileVariant,
  device: DeviceProperties,
): boolean {
  if (!hasTilesOfSeveralLengths(problem)) return false
  const { batch, numHeads, seqlenQ } = problem
  const tiles = batch * numHeads * Math.ceil(seqlenBucket(seqlenQ) / block_m)
  return tiles > (device.multiprocessors ?? tuningOf(device).multiprocessors)
}

function hasTilesOfSeveralLengths(problem: AttentionProblem): boolean {
  const { causal, windowLeft, windowRight, mask, keyLengths, past, varlen } = problem
  const isPerBatch = mask !== null || keyLengths === 'per-batch' || past?.perBatch === true
  return causal || windowLeft >= 0 || windowRight >= 0 || isPerBatch || varlen
}
