import {
  type AttentionProblem,
  type BoundProblem,
  type DeviceTensor,
  type HeadView,
  newKeys,
  pastRows,
  type Stream,
  seqlenBucket,
} from '@attnkit/core'
import { type AppendCache, appendCache, type CachePart } from '@attnkit/cuda-runtime'
import { attendedProblem, cacheRows, isStacked, type KeySource, keySource } from './key-source.js'

const HALF_BYTES = 2

/** A call whose keys and values are all in one place. */
type Bound = BoundProblem<DeviceTensor>

/** What of a launch follows from the problem alone. */
interface Prepared {
  readonly problem: AttentionProblem
  readonly attended: AttentionProblem
  readonly source: KeySource
  /** Where the values begin in a tensor that holds the keys too, in bytes: of the past, and of what is written. */
  readonly pastValues: bigint
  readonly presentValues: bigint
  readonly sizes: Omit<AppendCache, 'keys' | 'values' | 'pastSeqlens'>
}

/**
 * The part of a plan that comes before attention when there is a past, or when present is asked for: one launch puts
 * the past and the new keys and values where attention reads them all.
 */
export class CacheAppend {
  /** Of the cache that attention reads, where the caller has none. */
  readonly workspaceBytes: number
  readonly #launch: typeof appendCache
  #prepared: Prepared | undefined

  constructor(problem: AttentionProblem, launch = appendCache) {
    this.workspaceBytes = workspaceBytes(problem)
    this.#launch = launch
  }

  /** Enqueues it, and returns the call that attention is left with. `workspace`: {@link workspaceBytes}. */
  enqueue(bound: Bound, workspace: DeviceTensor | null, stream: Stream): Bound {
    const { problem } = bound
    if (problem.past === null && !problem.present) return bound
    if (this.#prepared?.problem !== problem) this.#prepared = prepare(problem)
    const prepared = this.#prepared
    const written = writtenCache(bound, workspace)
    if (written !== null) {
      this.#launch(problem.operator, appendOf(bound, prepared, written), stream)
    }
    const { attended, source } = prepared
    const read = source === 'past' ? pastCache(bound) : written
    return source === 'inputs' ? bound : { ...bound, ...read, problem: attended }
  }
}

function workspaceBytes(problem: AttentionProblem): number {
  if (keySource(problem) !== 'workspace') return 0
  const { batch, numHeadsKv, headDim, headDimV, seqlenK } = problem
  return batch * numHeadsKv * seqlenBucket(seqlenK) * (headDim + headDimV) * HALF_BYTES
}

interface Cache {
  readonly k: DeviceTensor
  readonly v: DeviceTensor
}

// A problem that speaks of past or present has their tensors: that was checked before.

function pastCache({ pastKey, pastValue }: Bound): Cache {
  return { k: pastKey!, v: pastValue! }
}

/** What is appended to; null when there is nothing to write. */
function writtenCache(
  { problem, presentKey, presentValue }: Bound,
  workspace: DeviceTensor | null,
): Cache | null {
  if (problem.present) return { k: presentKey!, v: presentValue! }
  return keySource(problem) === 'workspace' ? { k: workspace!, v: workspace! } : null
}

function prepare(problem: AttentionProblem): Prepared {
  const { batch, numHeadsKv, headDim, past, present } = problem
  const target = present ? 'present' : 'workspace'
  const presentRows = cacheRows(problem, target)
  const keyBytes = (rows: number) => BigInt(batch * numHeadsKv * rows * headDim * HALF_BYTES)
  return {
    problem,
    attended: attendedProblem(problem),
    source: keySource(problem),
    pastValues: problem.cacheStacked ? keyBytes(pastRows(problem)) : 0n,
    presentValues: isStacked(problem, target) ? keyBytes(presentRows) : 0n,
    sizes: {
      batch,
      heads: numHeadsKv,
      pastSeqlen: past?.seqlen ?? 0,
      newRows: newKeys(problem),
      pastRows: pastRows(problem),
      presentRows,
    },
  }
}

function appendOf(
  bound: Bound,
  { sizes, pastValues, presentValues }: Prepared,
  { k, v }: Cache,
): AppendCache {
  const { problem, pastKey, pastValue, pastSeqlens } = bound
  const keys = partOf(bound.k, problem.k, problem.headDim)
  const values = partOf(bound.v, problem.v, problem.headDimV)
  return {
    ...sizes,
    keys: { ...keys, present: k.pointer, past: pastOf(pastKey, k, 0n) },
    values: {
      ...values,
      present: v.pointer + presentValues,
      past: pastOf(pastValue, v, pastValues),
    },
    pastSeqlens: problem.past?.perBatch ? pastSeqlens!.pointer : 0n,
  }
}

/** Where the rows of the past are; 0 when there are none, or when present is the very tensor that holds them. */
function pastOf(past: DeviceTensor | undefined, present: DeviceTensor, offset: bigint): bigint {
  if (past === undefined || past.pointer === present.pointer) return 0n
  return past.pointer + offset
}

/** New rows; without any, `tensor` may be absent. */
function partOf(
  tensor: DeviceTensor | undefined,
  { offset, batchStride, seqStride, headStride }: HeadView,
  dim: number,
): Omit<CachePart, 'present' | 'past'> {
  return {
    rows: tensor === undefined ? 0n : tensor.pointer + BigInt(offset * HALF_BYTES),
    batchStride: batchStride * HALF_BYTES,
    rowStride: seqStride * HALF_BYTES,
    headStride: headStride * HALF_BYTES,
    rowBytes: dim * HALF_BYTES,
  }
}
