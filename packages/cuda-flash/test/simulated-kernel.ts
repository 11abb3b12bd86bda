import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '@attnkit/core'
import { FLAGS } from '../src/params.js'
import { type Member, type Unpacked, unpackParams } from './unpack-params.js'

type TensorName = 'q' | 'k' | 'v' | 'o'
type Range = readonly [begin: number, end: number]

const CODECS = {
  float16: { decode: fromFloat16, encode: toFloat16 },
  bfloat16: { decode: fromBfloat16, encode: toBfloat16 },
}
const INFINITE = 2 ** 40

/** Does what a kernel does with its parameters, slowly, in the memory of this process. */
export class SimulatedKernel {
  readonly #memory: ArrayBuffer
  readonly #params: Unpacked
  readonly #codec: (typeof CODECS)['float16']

  constructor(memory: ArrayBuffer, params: Uint8Array, dtype: keyof typeof CODECS) {
    this.#memory = memory
    this.#params = unpackParams(params)
    this.#codec = CODECS[dtype]
  }

  run(): void {
    for (let batch = 0; batch < this.#number('batch'); batch++) {
      for (let head = 0; head < this.#number('num_heads'); head++) {
        const [first, end] = this.#tokens('cu_seqlens_q', 'q.total_tokens', 'seqlen_q', batch)
        for (let query = 0; query < end - first; query++) this.#row(batch, head, first, query)
      }
    }
  }

  #row(batch: number, head: number, first: number, query: number): void {
    const headKv = Math.floor(head / this.#number('heads_per_kv'))
    const [firstKey] = this.#keys(batch)
    const queries = this.#head('q', 'head_dim', batch, first + query, head)
    const [begin, end] = this.#seen(batch, query)
    const scores = Float64Array.from({ length: Math.max(0, end - begin) }, (_, i) => {
      return this.#score(queries, this.#head('k', 'head_dim', batch, firstKey + begin + i, headKv))
    })
    const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const weights = scores.map((score) => 2 ** (score - most))
    const sum = weights.reduce((a, b) => a + b, 0)
    const output = new Float32Array(this.#number('head_dim_v'))
    weights.forEach((weight, i) => {
      const values = this.#head('v', 'head_dim_v', batch, firstKey + begin + i, headKv)
      for (let c = 0; c < output.length; c++) output[c]! += (weight / sum) * values[c]!
    })
    this.#bits('o', 'head_dim_v', batch, first + query, head).set(this.#codec.encode(output))
    this.#storeLse(batch, head, first, query, (most + Math.log2(sum)) * Math.LN2, scores.length > 0)
  }

  #storeLse(batch: number, head: number, first: number, query: number, lse: number, some: boolean) {
    if (this.#params.softmax_lse === 0n) return
    const row =
      this.#params.cu_seqlens_q === 0n
        ? (batch * this.#number('num_heads') + head) * this.#number('seqlen_q') + query
        : head * this.#number('lse_head_stride') + first + query
    const sums = new Float32Array(this.#memory, this.#number('softmax_lse') + 4 * row, 1)
    sums[0] = some ? lse : Number.NEGATIVE_INFINITY
  }

  /** As an exponent of 2. */
  #score(queries: Float32Array, keys: Float32Array): number {
    const flags = this.#number('flags')
    const sign = flags & FLAGS.zeroQueries ? 0 : flags & FLAGS.negateQueries ? -1 : 1
    const product = sign * queries.reduce((sum, q, c) => sum + q * keys[c]!, 0)
    const cap = this.#number('softcap_scale')
    const scale = this.#number('scale_log2')
    return scale * (cap === 0 ? product : Math.tanh((product * cap * Math.LN2) / 2))
  }

  /** The keys that a query sees, by the rule for rows in which the mask leaves none. */
  #seen(batch: number, query: number): Range {
    const [first, end] = this.#keys(batch)
    const all: Range = [0, end - first]
    const at = query + (this.#index('causal_offsets', batch) ?? this.#number('causal_offset'))
    const left = this.#number('window_left')
    const right = this.#number('flags') & FLAGS.causal ? 0 : this.#number('window_right')
    const band: Range = [left < 0 ? -INFINITE : at - left, right < 0 ? INFINITE : at + right + 1]
    const shown = intersect(all, band)
    const kept: Range = [
      this.#index('key_starts', batch) ?? 0,
      this.#index('key_ends', batch) ?? INFINITE,
    ]
    const seen = intersect(shown, kept)
    const ignores = this.#number('flags') & FLAGS.ignoreMaskInEmptyRows
    return seen[0] >= seen[1] && ignores ? shown : seen
  }

  #keys(batch: number): Range {
    const [first, last] = this.#tokens('cu_seqlens_k', 'k.total_tokens', 'seqlen_k', batch)
    let count = last - first
    const past = this.#index('past_seqlens', batch)
    if (past !== undefined) count = Math.min(clamp(past, count) + this.#number('new_keys'), count)
    const length = this.#index('key_lengths', batch)
    return [first, first + (length === undefined ? count : clamp(length, count))]
  }

  #tokens(starts: Member, total: Member, longest: Member, batch: number): Range {
    const most = this.#number(total)
    const begin = this.#index(starts, batch)
    if (begin === undefined) return [0, this.#number(longest)]
    const end = clamp(this.#index(starts, batch + 1)!, most)
    return [begin, Math.min(end, begin + this.#number(longest))]
  }

  /** An element of an index tensor; undefined where there is none. */
  #index(tensor: Member, at: number): number | undefined {
    const address = this.#number(tensor)
    return address === 0 ? undefined : new Int32Array(this.#memory, address)[at]
  }

  #head(tensor: TensorName, dim: Member, batch: number, token: number, head: number): Float32Array {
    return this.#codec.decode(this.#bits(tensor, dim, batch, token, head))
  }

  #bits(tensor: TensorName, dim: Member, batch: number, token: number, head: number): Uint16Array {
    const at =
      this.#number(`${tensor}.pointer`) +
      batch * this.#number(`${tensor}.batch_stride`) +
      token * this.#number(`${tensor}.row_stride`) +
      head * this.#number(`${tensor}.head_stride`)
    return new Uint16Array(this.#memory, at, this.#number(dim))
  }

  #number(member: Member): number {
    return Number(this.#params[member])
  }
}

function intersect(a: Range, b: Range): Range {
  return [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}
