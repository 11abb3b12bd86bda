import type { AttentionProblem, DeviceProperties } from '@attnkit/core'
import { tuningOf } from './tuning.js'
import type { TileVariant } from './variants.js'

const INT32_BYTES = 4

/**
 * Bytes of workspace to count tiles in. Thread blocks of a Hopper kernel stay and go from tile to tile: where
 * tiles differ in length, each takes the next one when it is free; else they are dealt out, which needs none.
 */
export function tileCounterBytes(
  problem: AttentionProblem,
  variant: TileVariant,
  device: DeviceProperties,
): number {
  if (variant.family !== 'hopper-sm90a' || !hasTilesOfSeveralLengths(problem)) return 0
  const { batch, numHeads, seqlenQ } = problem
  const tiles = batch * numHeads * Math.ceil(seqlenQ / variant.block_m)
  return tiles > (device.multiprocessors ?? tuningOf(device).multiprocessors) ? INT32_BYTES : 0
}

function hasTilesOfSeveralLengths(problem: AttentionProblem): boolean {
  const { causal, windowLeft, windowRight, mask, keyLengths, past, varlen } = problem
  const isPerBatch = mask !== null || keyLengths === 'per-batch' || past?.perBatch === true
  return causal || windowLeft >= 0 || windowRight >= 0 || isPerBatch || varlen
}
