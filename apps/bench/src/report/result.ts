import type { FloatDtype, Format } from '@attnkit/core'

export const SCHEMA_VERSION = 1

export const PEER_NAMES = [
  'flash_attention_2',
  'cudnn',
  'cutlass_memory_efficient',
  'onnxruntime',
  'own_float32',
] as const
export type PeerName = (typeof PEER_NAMES)[number]

/** A peer, timed in the same run with the same values. */
export interface PeerResult {
  /** Median. */
  readonly ms: number
  readonly tflops: number
  /** Where blocks of both were paired: the median of its time over ours; above 1 ours is faster. */
  readonly ratio?: number
  readonly ratio_min?: number
  readonly ratio_max?: number
}

/** One measured row, as the result files have it. */
export interface ResultRow {
  readonly format: Format
  readonly layout: string
  readonly backend: string
  /** The kernel that was observed to run. */
  readonly variant: string
  readonly batch: number
  readonly seqlen_q: number
  readonly seqlen_k: number
  readonly num_heads: number
  readonly num_heads_kv: number
  readonly head_dim: number
  readonly head_dim_v: number
  /** Width of the input that weights project to Q, K and V; absent where they are given. */
  readonly input_width?: number
  readonly causal: boolean
  readonly dtype: FloatDtype
  /** Median, tenth and ninetieth percentile of a run, in milliseconds. */
  readonly ms: number
  readonly ms_p10: number
  readonly ms_p90: number
  readonly samples: number
  readonly tflops: number
  /** Terabytes a second, each element of the tensors counted once; of rows against a cache. */
  readonly tb_per_s?: number
  /** Median microseconds from JavaScript's call of a planned run until it returns. */
  readonly call_us: number
  /** ‖out − ref‖ / ‖ref‖ over the sampled rows, against float64. */
  readonly rel_error: number
  readonly max_abs_error: number
  /** How many rows were sampled. */
  readonly error_rows: number
  readonly peers: Readonly<Partial<Record<PeerName, PeerResult>>>
}

/** The clocks as they were seen; nothing here sets them. Absent where nothing tells. */
export type Clocks = Readonly<Record<string, number | null>>

/** A result file: one run of one suite on one device. */
export interface ResultDocument<Row = ResultRow> {
  readonly schema_version: typeof SCHEMA_VERSION
  readonly suite: string
  readonly device: string
  /** null on a processor, as is `cuda`. */
  readonly driver: string | null
  readonly cuda: string | null
  readonly commit: string
  /** ISO 8601. */
  readonly date: string
  readonly clocks: Clocks
  /** Of attnkit, Node.js and the peers. */
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

/** What tells the rows of a document apart. */
export function rowKey(row: ResultRow): string {
  const sizes = [row.batch, row.seqlen_q, row.seqlen_k, row.num_heads, row.num_heads_kv]
  const dims = [row.head_dim, row.head_dim_v]
  const source = row.input_width ?? ''
  return [row.backend, row.format, ...sizes, ...dims, source, row.dtype, row.causal].join(' ')
}
