import type { AttentionProblem, DeviceProperties, KernelVariant } from '@attnkit/core'
import { hopperObstacles, isHopper } from './hopper-support.js'
import { type Tile, tileOf } from './tile.js'
import { TUNINGS, type TunedVariant, tuningOf } from './tuning.js'

/** Suffixes of the names, in the order in which the native part numbers them. */
const DTYPES = { float16: 'f16', bfloat16: 'bf16' } as const
type HalfDtype = keyof typeof DTYPES
const HALF_DTYPES = Object.keys(DTYPES) as HalfDtype[]
type Family = TunedVariant['family']

/** What every device gives a thread block on which a family runs: sm_86 and sm_89; sm_90. */
const LEAST_SHARED_MEMORY: Readonly<Record<Family, number>> = {
  'fa2-sm80': 99 * 1024,
  'hopper-sm90a': 227 * 1024,
}
const DEVICES: Readonly<Record<Family, string>> = {
  'fa2-sm80': 'sm_80 and newer',
  'hopper-sm90a': 'sm_90a',
}

/** A kernel for one head dim, tile and dtype. */
export interface Variant extends Tile {
  readonly name: string
  readonly family: Family
  /** Its number in the native part. */
  readonly index: number
  readonly dtype: HalfDtype
  readonly head_dim: number
  readonly block_n: number
  readonly tflops: number
  readonly up_to_seqlen_k?: number
}

function variantName(tuned: TunedVariant, dtype: HalfDtype): string {
  return `${tuned.name}-${DTYPES[dtype]}`
}

/** A kernel with the speeds that it has on a device; as it is where its tuning file does not tell them. */
function variantOn(device: DeviceProperties, variant: Variant): Variant {
  const { name, dtype } = variant
  const tuned = tuningOf(device).variants.find((one) => variantName(one, dtype) === name)
  return tuned ? { ...variant, ...tuned, name } : variant
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
 * The kernels for a problem on a device, with their speeds there: of the newest family that serves both, the next
 * head dim there is.
 */
export function variantsFor(
  problem: AttentionProblem,
  device: DeviceProperties,
): readonly Variant[] {
  const family = familyFor(problem, device)
  const most = device.sharedMemoryPerBlock ?? LEAST_SHARED_MEMORY[family]
  const fitting = VARIANTS.filter(
    (one) =>
      one.family === family &&
      one.head_dim >= problem.headDim &&
      one.dtype === problem.dtype &&
      one.sharedMemory <= most,
  )
  const next = Math.min(...fitting.map(({ head_dim }) => head_dim))
  return fitting
    .filter(({ head_dim }) => head_dim === next)
    .map((variant) => variantOn(device, variant))
}

function familyFor(problem: AttentionProblem, device: DeviceProperties): Family {
  const isForHopper = isHopper(device) && hopperObstacles(problem).length === 0
  return isForHopper ? 'hopper-sm90a' : 'fa2-sm80'
}

/** The kernels as tables show them. */
export function describeVariants(): readonly KernelVariant[] {
  return VARIANTS.map(({ name, family, head_dim, block_m, block_n }) => {
    const dims = VARIANTS.filter((one) => one.family === family).map((one) => one.head_dim)
    const below = Math.max(0, ...dims.filter((dim) => dim < head_dim))
    const from = below + 8 === head_dim ? '' : `${below + 8} to `
    const tile = `${block_m} queries × ${block_n} keys`
    return { name, serves: `head dims ${from}${head_dim}, ${tile}, ${DEVICES[family]}` }
  })
}
