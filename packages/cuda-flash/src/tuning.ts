import type { DeviceProperties } from '@attnkit/core'
import a100 from '../tuning/a100.json' with { type: 'json' }
import h200 from '../tuning/h200.json' with { type: 'json' }

/** The measurement that chose a kernel: its time where it was furthest ahead of the others. */
export interface ChoosingMeasurement extends Omit<Measurement, 'variant'> {
  /** Microseconds of the others of its family that serve the head dim, by their names. */
  readonly others: Readonly<Record<string, number>>
}

interface TunedKernel {
  /** Of the instantiation, but for its dtype: family, head dim, tile, and what else tells it from others. */
  readonly name: string
  /** The largest it serves. */
  readonly head_dim: number
  /** Keys of a step. */
  readonly block_n: number
  /** Steps whose keys and values are in shared memory at once. */
  readonly stages: number
  /** In float16; absent from models, and where the bench program of the kernels has no shape for it. */
  readonly measured?: ChoosingMeasurement
  /** For short sequences alone: the most keys with which it was the fastest of its head dim. */
  readonly up_to_seqlen_k?: number
}

/** A kernel for many queries, which is bound by its products. */
interface TileKernel extends TunedKernel {
  /** Its speed on long sequences of its own head dim. */
  readonly tflops: number
  /** Likewise where they are causal, if that differs from its rivals more than the work does. */
  readonly causal_tflops?: number
}

/** A kernel of `mma.sync`, for compute capability 8.0 and newer. */
export interface Fa2Kernel extends TileKernel {
  readonly family: 'fa2-sm80'
  readonly warps: number
  /** Queries of a warp. */
  readonly warp_m: number
  /** Thread blocks that fit on a multiprocessor by their registers. */
  readonly min_blocks: number
  readonly queries_in_registers: boolean
}

/** A kernel of `wgmma` and the copy engine, for compute capability 9.0 alone. */
export interface HopperKernel extends TileKernel {
  readonly family: 'hopper-sm90a'
  /** Warpgroups that compute, of 64 queries each. */
  readonly consumers: number
  /** Tiles of queries in shared memory at once. */
  readonly query_stages: number
  /** Width of the panels that tiles lie in. */
  readonly swizzle_bytes: number
  /** Whether the warpgroups take turns at products and exponentials. */
  readonly ping_pong: boolean
  /** Whether sums of rows come from products, and so from rounded weights; with a polynomial they do. */
  readonly sums_by_product: boolean
  /** Of every 16 exponentials, those computed by a polynomial. */
  readonly polynomial_of_16: number
}

/**
 * A kernel of `mma.sync` for few queries, whose thread blocks share the keys: for compute capability 8.0 and
 * newer. It is bound by the reading of keys and values.
 */
export interface DecodeKernel extends TunedKernel {
  readonly family: 'decode-sm80'
  /** Each holds all rows of the tile, and has a share of the keys of a step. */
  readonly warps: number
  /** Rows of a tile: queries of all heads that share a head of keys. */
  readonly block_m: number
  /** Thread blocks that fit on a multiprocessor by their registers. */
  readonly min_blocks: number
  readonly queries_in_registers: boolean
  /** Gigabytes a second that a thread block reads where memory would give more. */
  readonly block_gbps: number
}

/** A kernel as it is instantiated, by its family. */
export type TunedVariant = Fa2Kernel | HopperKernel | DecodeKernel

/** How long a shape took: float16, contiguous (B, S, N, H), self-attention. */
export interface Measurement {
  readonly batch: number
  readonly seqlen: number
  readonly num_heads: number
  readonly head_dim: number
  readonly causal: boolean
  /** The kernel that ran. */
  readonly variant: string
  readonly us: number
}

/** A file of `tuning/`: what is known of the kernels on one GPU. */
export interface Tuning {
  /** The file whose speeds these are, scaled, where nothing was measured on this GPU; `source` says how. */
  readonly modelled_from?: string
  readonly source?: string
  readonly device: string
  readonly compute_capability: readonly number[]
  readonly multiprocessors: number
  readonly shared_memory_per_block: number
  readonly memory_bytes: number
  /** Microseconds that a launch takes when there is nothing to do. */
  readonly launch_us: number
  /** Terabytes a second of device memory, reading and writing. */
  readonly memory_tbps: number
  readonly variants: readonly TunedVariant[]
  readonly measurements: readonly Measurement[]
}

// What no kernel was tuned for goes by this one. TypeScript takes a family in JSON for any string.
const NEAREST = h200 as Tuning

/** By the file's name, which is what `--as` takes. */
export const TUNINGS: Readonly<Record<string, Tuning>> = { a100: a100 as Tuning, h200: NEAREST }

/**
 * What is known of the GPU nearest to `device`: the same by name, else one of the same major compute
 * capability, else the one that was measured.
 */
export function tuningOf({ name, computeCapability }: DeviceProperties): Tuning {
  const tunings = Object.values(TUNINGS)
  const major = computeCapability?.[0]
  return (
    tunings.find((tuning) => tuning.device === name) ??
    tunings.find((tuning) => tuning.compute_capability[0] === major) ??
    NEAREST
  )
}

/** The GPU that a tuning file is about, as a device that need not be here. */
export function tunedDevice(tuning: Tuning): DeviceProperties {
  const [major = 0, minor = 0] = tuning.compute_capability
  return {
    type: 'cuda',
    index: 0,
    name: tuning.device,
    computeCapability: [major, minor],
    multiprocessors: tuning.multiprocessors,
    memoryBytes: tuning.memory_bytes,
    sharedMemoryPerBlock: tuning.shared_memory_per_block,
  }
}
