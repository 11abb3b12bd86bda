import type { BoundProblem } from '../backend/plan.js'
import { type ElementReader, elementReader } from '../numeric/element-reader.js'
import { pastRows } from '../problem/head-axes.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { RowIndex } from './float64-outputs.js'
import { headEmbeddings } from './head-embedding.js'
import type { Pacer } from './pacer.js'
import type { Sequence } from './sequences.js'

type Vectors = Float64Array<ArrayBuffer>

/** The keys and values of one (batch, key head). */
export interface KeyValueHead {
  readonly sequence: Sequence
  /** sequence.keys × headDim, and × headDimV. */
  readonly keys: Float64Array
  readonly values: Float64Array
}

/**
 * Reads queries, keys and values as float64 vectors: views, past, projection bias, norm and rotary
 * embedding resolved.
 */
export class HeadSource {
  readonly #bound: BoundProblem<HostTensor>
  readonly #readers: { readonly [role: string]: ElementReader | undefined }
  readonly #embed: ReturnType<typeof headEmbeddings>

  constructor(bound: BoundProblem<HostTensor>) {
    const { q, k, v, projectionBias, pastKey, pastValue } = bound
    const tensors = { q, k, v, projectionBias, pastKey, pastValue }
    this.#bound = bound
    this.#embed = headEmbeddings(bound)
    this.#readers = Object.fromEntries(
      Object.entries(tensors).map(([role, tensor]) => [role, tensor && elementReader(tensor)]),
    )
  }

  /** Reads the query of a row into `target`. */
  query(sequence: Sequence, { batch, head, query }: RowIndex, target: Vectors): void {
    this.#readVector('q', batch, head, sequence.queryStart + query, target, 0)
    const key = sequence.keys - sequence.queries + query
    this.#embed.q(target, 0, { batch, index: query, key })
  }

  /** All keys and values of a key head, past first. */
  async keysAndValues(
    sequence: Sequence,
    batch: number,
    headKv: number,
    pacer: Pacer,
  ): Promise<KeyValueHead> {
    const keys = await this.#all('k', sequence, batch, headKv, pacer)
    return { sequence, keys, values: await this.#all('v', sequence, batch, headKv, pacer) }
  }

  async #all(
    role: 'k' | 'v',
    sequence: Sequence,
    batch: number,
    headKv: number,
    pacer: Pacer,
  ): Promise<Vectors> {
    const dim = this.#dim(role)
    const vectors = new Float64Array(sequence.keys * dim)
    for (let key = 0; key < sequence.keys; key++) {
      if (key < sequence.past) this.#readPast(role, batch, headKv, key, vectors)
      else {
        const index = key - sequence.past
        this.#readVector(role, batch, headKv, sequence.keyStart + index, vectors, key * dim)
        if (role === 'k') this.#embed.k(vectors, key * dim, { batch, index, key })
      }
      if (key % 64 === 0 && pacer.due) await pacer.rest()
    }
    return vectors
  }

  #dim(role: 'q' | 'k' | 'v'): number {
    const { headDim, headDimV } = this.#bound.problem
    return role === 'v' ? headDimV : headDim
  }

  #readVector(
    role: 'q' | 'k' | 'v',
    batch: number,
    head: number,
    position: number,
    target: Vectors,
    at: number,
  ): void {
    const { problem } = this.#bound
    const view = problem[role]
    const read = this.#readers[role]!
    const dim = this.#dim(role)
    const start =
      view.offset + batch * view.batchStride + position * view.seqStride + head * view.headStride
    for (let c = 0; c < dim; c++) target[at + c] = read(start + c)
    if (!problem.projectionBias?.[role]) return
    const bias = this.#readers.projectionBias!
    const part = { q: 0, k: 1, v: 2 }[role] * problem.numHeads * problem.headDim
    for (let c = 0; c < dim; c++) target[at + c]! += bias(part + head * dim + c)
  }

  #readPast(role: 'k' | 'v', batch: number, headKv: number, key: number, target: Vectors): void {
    const { problem } = this.#bound
    const read = this.#readers[role === 'k' ? 'pastKey' : 'pastValue']!
    const dim = this.#dim(role)
    // A stacked cache holds the values of all after the keys of all.
    const first = problem.cacheStacked && role === 'v' ? problem.batch : 0
    const head = (first + batch) * problem.numHeadsKv + headKv
    const start = (head * pastRows(problem) + key) * dim
    for (let c = 0; c < dim; c++) target[key * dim + c] = read(start + c)
  }
}
