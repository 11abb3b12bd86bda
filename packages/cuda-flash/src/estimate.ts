import {
  type AttentionProblem,
  type DeviceProperties,
  type Estimate,
  problemBytes,
  problemFlops,
} from '@attnkit/core'
import { chooseSplits } from './splits.js'
import { type Measurement, type Tuning, tuningOf } from './tuning.js'
import type { TileVariant, Variant } from './variants.js'

/** How long a kernel is expected to take for a problem on a device. */
export function estimateVariant(
  problem: AttentionProblem,
  variant: Variant,
  device: DeviceProperties,
): number {
  if (variant.family === 'decode-sm80') return chooseSplits(problem, variant, device).microseconds
  const tuning = tuningOf(device)
  const multiprocessors = device.multiprocessors ?? tuning.multiprocessors
  const size = multiprocessors / tuning.multiprocessors
  const compute = problemFlops(problem) / (speedOf(variant, problem) * 1e6 * size)
  const memory = problemBytes(problem) / (tuning.memory_tbps * 1e6 * size)
  const idle = idleFactor(problem, variant, multiprocessors)
  return tuning.launch_us + Math.max(compute * idle, memory)
}

/** TFLOP/s on long sequences. */
function speedOf({ tflops, causal_tflops }: TileVariant, { causal }: AttentionProblem): number {
  return causal ? (causal_tflops ?? tflops) : tflops
}

/**
 * How much longer the multiprocessors take than if the work could be shared out evenly: rows that fill up
 * the last tile of a head, and a last round of tiles that leaves some of them without one.
 */
function idleFactor(
  problem: AttentionProblem,
  variant: TileVariant,
  multiprocessors: number,
): number {
  const { batch, numHeads, seqlenQ } = problem
  const tilesOfHead = Math.ceil(seqlenQ / variant.block_m)
  const rounds = (batch * numHeads * tilesOfHead) / multiprocessors
  if (rounds === 0) return 1
  return ((tilesOfHead * variant.block_m) / seqlenQ) * (Math.ceil(rounds) / rounds)
}

/** The time of `variant`, measured where it was on this very shape, else by a model of the device. */
export function estimate(
  problem: AttentionProblem,
  variant: Variant,
  device: DeviceProperties,
): Estimate {
  const measured = findMeasurement(problem, variant, device)
  if (measured !== undefined) return { microseconds: measured.us, source: 'measured' }
  return { microseconds: estimateVariant(problem, variant, device), source: 'modelled' }
}

function findMeasurement(
  problem: AttentionProblem,
  variant: Variant,
  device: DeviceProperties,
): Measurement | undefined {
  const tuning = tuningOf(device)
  if (tuning.device !== device.name || !isPlain(problem)) return undefined
  return matching(tuning, problem, variant)
}

function matching(
  { measurements }: Tuning,
  problem: AttentionProblem,
  { name }: Variant,
): Measurement | undefined {
  return measurements.find(
    (one) =>
      one.variant === name &&
      one.batch === problem.batch &&
      one.seqlen === problem.seqlenQ &&
      one.num_heads === problem.numHeads &&
      one.head_dim === problem.headDim &&
      one.causal === problem.causal,
  )
}

/** Whether a problem is self-attention without anything that a measured one would not have. */
function isPlain(problem: AttentionProblem): boolean {
  const { seqlenQ, seqlenK, numHeads, numHeadsKv, windowLeft, windowRight } = problem
  const isSquare = seqlenQ === seqlenK && numHeads === numHeadsKv && problem.causalOffset === 0
  const isWhole = windowLeft < 0 && windowRight < 0 && problem.mask === null && !problem.varlen
  const isUsual = problem.headDim === problem.headDimV && problem.keyLengths === null
  return isSquare && isWhole && isUsual && !usesCache(problem) && problem.softcap === 0
}

function usesCache({ past, present }: AttentionProblem): boolean {
  return past !== null || present
}
