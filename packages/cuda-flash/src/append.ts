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

type Filled<T> = { -readonly [K in keyof T]: T[K] }

/** What follows from the problem alone, and a launch's parameters, which each call fills anew. */
interface Prepared {
  readonly problem: AttentionProblem
  readonly attended: AttentionProblem
  readonly source: KeySource
  readonly keys: PreparedPart
  readonly values: PreparedPart
  readonly append: Filled<AppendCache>
}

interface PreparedPart {
  readonly part: Filled<CachePart>
  /** Where the first rows begin in their tensors, in bytes. */
  readonly pastOffset: bigint
  readonly presentOffset: bigint
  readonly rowsOffset: bigint
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
    const { attended, source, append } = prepared
    const written = writtenCache(bound, source, workspace)
    if (written !== null) {
      fill(prepared, bound, written)
      this.#launch(problem.operator, append, stream)
    }
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
  source: KeySource,
  workspace: DeviceTensor | null,
): Cache | null {
  if (problem.present) return { k: presentKey!, v: presentValue! }
  return source === 'workspace' ? { k: workspace!, v: workspace! } : null
}

function prepare(problem: AttentionProblem): Prepared {
  const { batch, numHeadsKv, headDim, headDimV, past, present } = problem
  const target = present ? 'present' : 'workspace'
  const presentRows = cacheRows(problem, target)
  const keyBytes = (rows: number) => BigInt(batch * numHeadsKv * rows * headDim * HALF_BYTES)
  const keys = preparePart(problem.k, headDim, 0n, 0n)
  const pastOffset = problem.cacheStacked ? keyBytes(pastRows(problem)) : 0n
  const presentOffset = isStacked(problem, target) ? keyBytes(presentRows) : 0n
  const values = preparePart(problem.v, headDimV, pastOffset, presentOffset)
  const sizes = {
    batch,
    heads: numHeadsKv,
    pastSeqlen: past?.seqlen ?? 0,
    newRows: newKeys(problem),
    pastRows: pastRows(problem),
    presentRows,
  }
  return {
    problem,
    attended: attendedProblem(problem),
    source: keySource(problem),
    keys,
    values,
    append: { ...sizes, keys: keys.part, values: values.part, pastSeqlens: 0n },
  }
}

function preparePart(
  { offset, batchStride, seqStride, headStride }: HeadView,
  dim: number,
  pastOffset: bigint,
  presentOffset: bigint,
): PreparedPart {
  const part = {
    present: 0n,
    past: 0n,
    rows: 0n,
    batchStride: batchStride * HALF_BYTES,
    rowStride: seqStride * HALF_BYTES,
    headStride: headStride * HALF_BYTES,
    rowBytes: dim * HALF_BYTES,
  }
  return { part, pastOffset, presentOffset, rowsOffset: BigInt(offset * HALF_BYTES) }
}

/** Puts the addresses of a call into the parameters of its launch. */
function fill({ keys, values, append }: Prepared, bound: Bound, written: Cache): void {
  fillPart(keys, written.k, bound.pastKey, bound.k)
  fillPart(values, written.v, bound.pastValue, bound.v)
  append.pastSeqlens = bound.problem.past?.perBatch ? bound.pastSeqlens!.pointer : 0n
}

/** `rows` is absent when there are none; a past that is the very tensor written to stays where it is. */
function fillPart(
  { part, pastOffset, presentOffset, rowsOffset }: PreparedPart,
  written: DeviceTensor,
  past: DeviceTensor | undefined,
  rows: DeviceTensor | undefined,
): void {
  const { pointer } = written
  const pastPointer = past?.pointer ?? pointer
  part.present = pointer + presentOffset
  part.past = pastPointer === pointer ? 0n : pastPointer + pastOffset
  part.rows = rows === undefined ? 0n : rows.pointer + rowsOffset
}
