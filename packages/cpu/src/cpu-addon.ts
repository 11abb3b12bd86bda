import type { NativeAddon } from '@attnkit/core/native'

/** Called when a call that was not done at once has ended; without a code it succeeded. */
export type Done = (code?: string, message?: string) => void

/** How the addon was built, and what it found on this machine. */
export interface CpuBuild extends Readonly<Record<string, unknown>> {
  readonly version: string
  readonly compiler: string
  /** Instruction sets that can be used here, best first. */
  readonly isas: readonly string[]
  /** The one whose kernels run; absent when ATTNKIT_CPU_ISA names none of {@link isas}. */
  readonly isa?: string
  /** float32 numbers in a vector. */
  readonly lanes?: number
  /** Queries that one kernel works on at a time. */
  readonly queries?: number
  /** Physical cores that this process may use. */
  readonly cores: number
  readonly processor: string
}

type Arrays = readonly (ArrayBufferView | undefined)[]

/**
 * The native part of this package. Functions throw errors whose `code` is one of AttentionError's.
 * `values` are those of {@link packProblem}, tensors come in the order of {@link TENSOR_ROLES}.
 */
export interface CpuAddon extends NativeAddon {
  /** Whether the outputs are written already; if not, `done` is called when they are. */
  attend(values: Float64Array, tensors: Arrays, threads: number, done: Done): boolean
  /**
   * `sizes`: number of the dtype, tokens, inputWidth, width. Whether the product is written already; if
   * not, `done` is called when it is.
   */
  project(
    sizes: Float64Array,
    input: ArrayBufferView,
    weights: ArrayBufferView,
    product: ArrayBufferView,
    threads: number,
    done: Done,
  ): boolean
  /**
   * `rows`: (batch, head, query) after one another. `targets`: output, softmaxLse, qk, presentKey,
   * presentValue.
   */
  float64(
    values: Float64Array,
    tensors: Arrays,
    rows: Float64Array | undefined,
    targets: Arrays,
    threads: number,
    done: Done,
  ): void
  /** Zeroed memory that calls use in place; null where the runtime has no such buffers. */
  allocate(bytes: number): ArrayBuffer | null
  /** Bytes of all memory that {@link allocate} gave out and that is in use. */
  liveBytes(): number
  buildInfo(): CpuBuild
}
