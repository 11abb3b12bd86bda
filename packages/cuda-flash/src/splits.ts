import { type AttentionProblem, type DeviceProperties, seqlenBucket } from '@attnkit/core'
import { isHopper } from './hopper-support.js'
import { tuningOf } from './tuning.js'
import type { DecodeVariant } from './variants.js'

/** How many thread blocks share the keys of a tile, and how their results become one. */
export interface Splits {
  readonly count: number
  /** They are a cluster, whose blocks read one another's shared memory: they need no workspace. */
  readonly inCluster: boolean
  /** For the results of each split; 0 where there is one, or they are in a cluster. */
  readonly workspaceBytes: number
}

export const UNSPLIT: Splits = { count: 1, inCluster: false, workspaceBytes: 0 }

/** Splits, and how long a call with them is expected to take. */
export interface TimedSplits extends Splits {
  readonly microseconds: number
}

const HALF_BYTES = 2
const FLOAT_BYTES = 4
/** `kMaxClusterSplits` of native/params.h, and smaller clusters that fill a group of multiprocessors. */
const CLUSTERS = [2, 4, 8, 16]
const MOST_SPLITS = 256
/** Of thread blocks that all run at once, for splits that are no clusters; a quarter is half the multiprocessors. */
const ROUNDS = [0.25, 0.5, 1, 2, 3, 4]
// These follow from all splits of 16 shapes, timed on an H200. Of a thread block: until its first keys are
// there, and from its last to its results.
const BLOCK_US = 1.5
const CLUSTER_US = 1
const COMBINE_US = 2
/** Reading alone, of the rate of reading and writing. */
const READ_RATE = 1.1
/** Of memory's rate, what clusters reach: large ones leave multiprocessors over. */
const CLUSTER_RATE = 0.8

/**
 * The fastest splits for a decode kernel by a model: thread blocks run in rounds, and each round takes as long
 * as memory needs for all its keys, or one block for its own. Lengths count by their buckets, since problems
 * of a bucket share a plan.
 */
export function chooseSplits(
  problem: AttentionProblem,
  variant: DecodeVariant,
  device: DeviceProperties,
): TimedSplits {
  const steps = Math.ceil(seqlenBucket(problem.seqlenK) / variant.block_n)
  const most = Math.max(1, Math.min(MOST_SPLITS, steps))
  const perRound = slotsOf(variant, device) / Math.max(1, tilesOf(problem, variant))
  const counts = ROUNDS.map((rounds) => Math.min(most, Math.floor(rounds * perRound)))
  const clusters = isHopper(device) ? CLUSTERS.filter((count) => count <= most) : []
  const all = [
    timed(problem, variant, device, 1, false),
    ...counts
      .filter((count) => count > 1)
      .map((count) => timed(problem, variant, device, count, false)),
    ...clusters.map((count) => timed(problem, variant, device, count, true)),
  ]
  return all.reduce((best, one) => (one.microseconds < best.microseconds ? one : best))
}

function timed(
  problem: AttentionProblem,
  variant: DecodeVariant,
  device: DeviceProperties,
  count: number,
  inCluster: boolean,
): TimedSplits {
  const isCombined = count > 1 && !inCluster
  const workspaceBytes = isCombined ? partialBytes(problem, count) : 0
  const { launch_us } = tuningOf(device)
  const combine = COMBINE_US + (2 * workspaceBytes) / memoryRate(device)
  const together = count === 1 ? 0 : inCluster ? CLUSTER_US : combine
  const rate = memoryRate(device) * (inCluster ? CLUSTER_RATE : 1)
  const microseconds =
    launch_us + streamMicroseconds(problem, variant, device, count, rate) + together
  return { count, inCluster, workspaceBytes, microseconds }
}

/** How long the thread blocks take that go through the keys; `rate` is in bytes a microsecond. */
function streamMicroseconds(
  problem: AttentionProblem,
  variant: DecodeVariant,
  device: DeviceProperties,
  count: number,
  rate: number,
): number {
  const steps = Math.ceil(seqlenBucket(problem.seqlenK) / variant.block_n / count)
  const keyBytes = (problem.headDim + problem.headDimV) * HALF_BYTES
  const blockBytes = steps * variant.block_n * keyBytes
  const alone = blockBytes / (variant.block_gbps * 1e3)
  const round = (blocks: number) =>
    blocks === 0 ? 0 : BLOCK_US + Math.max(alone, (blocks * blockBytes) / rate)
  const slots = slotsOf(variant, device)
  const blocks = tilesOf(problem, variant) * count
  return Math.floor(blocks / slots) * round(slots) + round(blocks % slots)
}

/** Bytes a microsecond. */
function memoryRate(device: DeviceProperties): number {
  const tuning = tuningOf(device)
  const size = (device.multiprocessors ?? tuning.multiprocessors) / tuning.multiprocessors
  return tuning.memory_tbps * READ_RATE * 1e6 * size
}

/** Tiles of a decode kernel, each of which all splits share. */
export function tilesOf(problem: AttentionProblem, { block_m }: DecodeVariant): number {
  const rows = packedRows({ ...problem, seqlenQ: seqlenBucket(problem.seqlenQ) })
  return problem.batch * problem.numHeadsKv * Math.ceil(rows / block_m)
}

/** Thread blocks that run at once. */
function slotsOf({ sharedMemory, min_blocks }: DecodeVariant, device: DeviceProperties): number {
  const multiprocessors = device.multiprocessors ?? tuningOf(device).multiprocessors
  const most = Math.floor((device.sharedMemoryPerBlock ?? sharedMemory) / sharedMemory)
  return multiprocessors * Math.max(1, Math.min(min_blocks, most))
}

/** Queries of all heads that share a head of keys: the rows that go through these keys together. */
export function packedRows({
  seqlenQ,
  numHeads,
  numHeadsKv,
}: Pick<AttentionProblem, 'seqlenQ' | 'numHeads' | 'numHeadsKv'>): number {
  return seqlenQ * (numHeads / numHeadsKv)
}

/** An output row and the logarithm of its sum for each split, in float32: kernels/decode/partial_rows.cuh. */
function partialBytes(problem: AttentionProblem, count: number): number {
  const rows = problem.batch * problem.numHeads * seqlenBucket(problem.seqlenQ)
  return rows * count * (problem.headDimV + 1) * FLOAT_BYTES
}
