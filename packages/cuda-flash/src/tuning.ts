import type { DeviceProperties } from '@attnkit/core'
import h200 from '../tuning/h200.json' with { type: 'json' }

/** A kernel as it is instantiated. `tflops`: its speed on long sequences of its own head dim. */
export interface TunedVariant {
  readonly family: string
  /** The largest it serves. */
  readonly head_dim: number
  readonly warps: number
  /** Queries of a warp. */
  readonly warp_m: number
  /** Keys of a step. */
  readonly block_n: number
  readonly stages: number
  /** Thread blocks that fit on a multiprocessor by their registers. */
  readonly min_blocks: number
  readonly queries_in_registers: boolean
  readonly tflops: number
  /** For short sequences alone: the most keys with which it was the fastest of its head dim. */
  readonly up_to_seqlen_k?: number
}

/** How long a shape took: float16, contiguous (B, S, N, H), self-attention. */
export interface Measurement {
  readonly batch: number
  readonly seqlen: number
  readonly num_heads: number
  readonly head_dim: number
  readonly causal: boolean
  readonly us: number
}

/** A file of `tuning/`: what is known of the kernels on one GPU. */
export interface Tuning {
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

/** By the file's name, which is what `--as` takes. */
export const TUNINGS: Readonly<Record<string, Tuning>> = { h200 }

/** What is known of the GPU nearest to `device`: the same by name, else the first. */
export function tuningOf(device: DeviceProperties): Tuning {
  return Object.values(TUNINGS).find((tuning) => tuning.device === device.name) ?? h200
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
