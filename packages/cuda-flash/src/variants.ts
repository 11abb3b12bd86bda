import type { AttentionProblem, DeviceProperties, KernelVariant } from '@attnkit/core'
import { hopperObstacles, isHopper } from './hopper-support.js'
import { packedRows } from './splits.js'
import { type Tile, tileOf } from './tile.js'
import {
  type DecodeKernel,
  type Fa2Kernel,
  type HopperKernel,
  TUNINGS,
  type TunedVariant,
  tuningOf,
} from './tuning.js'

/** Suffixes of the names, in the order in which the native part numbers them. */
const DTYPES = { float16: 'f16', bfloat16: 'bf16' } as const
type HalfDtype = keyof typeof DTYPES
const HALF_DTYPES = Object.keys(DTYPES) as HalfDtype[]
type Family = TunedVariant['family']

/** What every device gives a thread block on which a family runs: sm_86 and sm_89; sm_90. */
const LEAST_SHARED_MEMORY: Readonly<Record<Family, number>> = {
  'fa2-sm80': 99 * 1024,
  'hopper-sm90a': 227 * 1024,
  'decode-sm80': 99 * 1024,
}
const DEVICES: Readonly<Record<Family, string>> = {
  'fa2-sm80': 'sm_80 and newer',
  'hopper-sm90a': 'sm_90a',
  'decode-sm80': 'sm_80 and newer',
}
// Beyond, a decode kernel would go through the keys too often.
const MOST_PACKED_ROWS = 64

interface Instance extends Tile {
  /** Its number in the native part. */
  readonly index: number
  readonly dtype: HalfDtype
}

/** A kernel for many queries: one head dim, tile and dtype. */
export type TileVariant = (Fa2Kernel | HopperKernel) & Instance
/** A kernel for few queries: one head dim, tile and dtype. */
export type DecodeVariant = DecodeKernel & Instance
export type Variant = TileVariant | DecodeVariant

function variantName(tuned: TunedVariant, dtype: HalfDtype): string {
  return `${tuned.name}-${DTYPES[dtype]}`
}

/** A kernel with the speeds that it has on a device; as it is where its tuning file does not tell them. */
function variantOn(device: DeviceProperties, variant: Variant): Variant {
  const { name, dtype } = variant
  const tuned = tuningOf(device).variants.find((one) => variantName(one, dtype) === name)
  return tuned ? ({ ...variant, ...tuned, name } as Variant) : variant
}

function variantsOf(tuned: TunedVariant, position: number): Variant[] {
  return HALF_DTYPES.map((dtype, i) => ({
    ...tuned,
    ...tileOf(tuned),
    name: variantName(tuned, dtype),
    index: position * 2 + i,
    dtype,
  }))
}

function distinct(all: readonly TunedVariant[]): readonly TunedVariant[] {
  return [...new Map(all.map((one) => [one.name, one])).values()]
}

/** All kernels, by their numbers: each of every tuning file that is no model once, in float16 and bfloat16. */
export const VARIANTS: readonly Variant[] = distinct(
  Object.values(TUNINGS)
    .filter(({ modelled_from: source }) => source === undefined)
    .flatMap(({ variants }) => variants),
).flatMap(variantsOf)

/**
 * The kernels for a problem on a device, with their speeds there: of each family that serves both, the next head
 * dim from the larger of its two.
 */
export function variantsFor(
  problem: AttentionProblem,
  device: DeviceProperties,
): readonly Variant[] {
  return familiesFor(problem, device).flatMap((family) => variantsOfFamily(family, problem, device))
}

/** The newest that is made for many queries; beside it, the one for few. */
function familiesFor(problem: AttentionProblem, device: DeviceProperties): readonly Family[] {
  const isForHopper = isHopper(device) && hopperObstacles(problem).length === 0
  const forMany = isForHopper ? 'hopper-sm90a' : 'fa2-sm80'
  return packedRows(problem) <= MOST_PACKED_ROWS ? [forMany, 'decode-sm80'] : [forMany]
}

function variantsOfFamily(
  family: Family,
  { headDim, headDimV, dtype, seqlenK, softmaxLse }: AttentionProblem,
  device: DeviceProperties,
): readonly Variant[] {
  const widest = Math.max(headDim, headDimV)
  const most = device.sharedMemoryPerBlock ?? LEAST_SHARED_MEMORY[family]
  const fitting = VARIANTS.filter(
    (one) =>
      one.family === family &&
      one.head_dim >= widest &&
      one.dtype === dtype &&
      !(softmaxLse && hasRoundedSums(one)) &&
      one.sharedMemory <= most,
  )
  const next = Math.min(...fitting.map(({ head_dim }) => head_dim))
  return fittingLength(
    fitting.filter(({ head_dim }) => head_dim === next),
    seqlenK,
  ).map((variant) => variantOn(device, variant))
}

/** Whether sums come from rounded weights, which is what outputs need, but too coarse for their logarithm. */
function hasRoundedSums(variant: Variant): boolean {
  return variant.family === 'hopper-sm90a' && variant.sums_by_product
}

/** Those made for sequences as short as the problem's, else those made for any. */
function fittingLength(all: readonly Variant[], seqlenK: number): readonly Variant[] {
  const short = all.filter(({ up_to_seqlen_k: most = 0 }) => seqlenK <= most)
  return short.length > 0 ? short : all.filter((one) => one.up_to_seqlen_k === undefined)
}

/** The kernels as tables show them. */
export function describeVariants(): readonly KernelVariant[] {
  return VARIANTS.map(({ name, family, head_dim, block_m, block_n }) => {
    const dims = VARIANTS.filter((one) => one.family === family).map((one) => one.head_dim)
    const below = Math.max(0, ...dims.filter((dim) => dim < head_dim))
    const from = below + 8 === head_dim ? '' : `${below + 8} to `
    const rows = family === 'decode-sm80' ? 'queries of heads that share keys' : 'queries'
    const tile = `${block_m} ${rows} × ${block_n} keys`
    return { name, serves: `head dims ${from}${head_dim}, ${tile}, ${DEVICES[family]}` }
  })
}
