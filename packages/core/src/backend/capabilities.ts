import type {
  MaskKind,
  QkOutput,
  SinkKind,
  SoftmaxPrecision,
} from '../problem/attention-problem.js'
import type { Layout } from '../problem/layout.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { DeviceProperties } from './device.js'

/** The kernel families that ONNX Runtime's dispatch rules and variables speak of. */
export type KernelFamily = 'flash' | 'fused' | 'memory-efficient' | 'cpu' | 'reference' | 'other'

/** A range of head dims. */
export interface HeadDimRange {
  readonly min: number
  readonly max: number
  readonly multipleOf: number
}

/** One kernel of a backend, as the tables show it. */
export interface KernelVariant {
  /** As plans and decisions name it. */
  readonly name: string
  /** What it serves, in a few words, e.g. `head dims 33 to 64, sm_80 and newer`. */
  readonly serves: string
}

/**
 * What a backend can do, as plain data: the tables in the docs and the command line are made from
 * it, and {@link checkCapabilities} turns it into reasons. What it does not say it cannot do.
 */
export interface Capabilities {
  readonly family: KernelFamily
  readonly dtypes: readonly FloatDtype[]
  readonly headDim: HeadDimRange
  /** `equal`: V's head dim must be Q's. */
  readonly headDimV: HeadDimRange | 'equal'
  readonly layouts: readonly Layout[]
  readonly masks: readonly MaskKind[]
  /** Whether masks with a filter value above -1000, which add instead of excluding, are served. */
  readonly additiveMask: boolean
  readonly attentionBias: boolean
  readonly projectionBias: boolean
  readonly causal: boolean
  /** Causal offsets that differ from one batch to the next. */
  readonly causalOffsetPerBatch: boolean
  readonly window: boolean
  readonly softcap: boolean
  readonly sinks: readonly SinkKind[]
  readonly groupedQuery: boolean
  readonly varlen: boolean
  readonly past: boolean
  /** Pasts of another length for each batch entry. */
  readonly pastPerBatch?: boolean
  /** A number of keys for the batch, or for each of its entries, besides masks. */
  readonly keyLengths?: boolean
  readonly qkNorm?: boolean
  readonly rotary?: boolean
  readonly qkOutputs: readonly QkOutput[]
  readonly softmaxLse: boolean
  /** Default: float32. */
  readonly softmaxPrecisions?: readonly SoftmaxPrecision[]
  /** Largest number of queries or keys of one sequence. */
  readonly maxSeqlen: number
  /** Lowest compute capability; absent on the host. */
  readonly minComputeCapability?: readonly [major: number, minor: number]
  /** The kernels there are, for tables. */
  readonly variants?: readonly KernelVariant[]
  /** The GPUs that there is a tuning file for, by the file's name, e.g. `h200`: what `--as` takes. */
  readonly tunedDevices?: Readonly<Record<string, DeviceProperties>>
}
