import type { DeviceProperties, KernelVariant } from '@attnkit/core'
import { TUNINGS, type TunedVariant } from './tuning.js'

/** Suffixes of the names, in the order in which the native part numbers them. */
const DTYPES = { float16: 'f16', bfloat16: 'bf16' } as const
type HalfDtype = keyof typeof DTYPES

// What sm_86 and sm_89 give a block, and so every device that the kernels run on.
const LEAST_SHARED_MEMORY = 99 * 1024
// Of the block's own description, beside the tiles.
const STATIC_SHARED_MEMORY = 1024

/** A kernel for one head dim, tile and dtype. */
export interface Variant extends TunedVariant {
  readonly name: string
  /** Its number in the native part. */
  readonly index: number
  readonly dtype: HalfDtype
  /** Queries of a thread block. */
  readonly block_m: number
  /** Bytes a thread block needs. */
  readonly sharedMemory: number
}

function variantsOf(tuned: TunedVariant, position: number): Variant[] {
  const block_m = tuned.warps * tuned.warp_m
  const tile = `${tuned.family}-d${tuned.head_dim}-m${block_m}n${tuned.block_n}`
  const rows = block_m + 2 * tuned.stages * tuned.block_n
  return Object.entries(DTYPES).map(([dtype, suffix], i) => ({
    ...tuned,
    name: `${tile}-${suffix}`,
    index: position * 2 + i,
    dtype: dtype as HalfDtype,
    block_m,
    sharedMemory: rows * tuned.head_dim * 2 + STATIC_SHARED_MEMORY,
  }))
}

function distinct(all: readonly TunedVariant[]): readonly TunedVariant[] {
  const byTile = new Map(
    all.map((one) => [
      `${one.family} ${one.head_dim} ${one.warps * one.warp_m} ${one.block_n}`,
      one,
    ]),
  )
  return [...byTile.values()]
}

/** All kernels, by their numbers: each of every tuning file once, in float16 and bfloat16. */
export const VARIANTS: readonly Variant[] = distinct(
  Object.values(TUNINGS).flatMap(({ variants }) => variants),
).flatMap(variantsOf)

/** The kernels for a head dim and dtype that fit on `device`: those of the next head dim there is. */
export function variantsFor(
  headDim: number,
  dtype: string,
  device: DeviceProperties,
): readonly Variant[] {
  const most = device.sharedMemoryPerBlock ?? LEAST_SHARED_MEMORY
  const fitting = VARIANTS.filter(
    (one) => one.head_dim >= headDim && one.dtype === dtype && one.sharedMemory <= most,
  )
  const next = Math.min(...fitting.map(({ head_dim }) => head_dim))
  return fitting.filter(({ head_dim }) => head_dim === next)
}

/** The kernels as tables show them. */
export function describeVariants(): readonly KernelVariant[] {
  const dims = [...new Set(VARIANTS.map(({ head_dim }) => head_dim))]
  return VARIANTS.map(({ name, head_dim, block_m, block_n }) => {
    const below = dims[dims.indexOf(head_dim) - 1] ?? 0
    const from = below + 8 === head_dim ? '' : `${below + 8} to `
    return {
      name,
      serves: `head dims ${from}${head_dim}, ${block_m} queries × ${block_n} keys, sm_80 and newer`,
    }
  })
}
