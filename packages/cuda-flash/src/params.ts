import {
  type AttentionProblem,
  type BoundProblem,
  type DeviceTensor,
  elementCount,
  type HeadRole,
  headAxes,
  newKeys,
  tokenCapacity,
} from '@attnkit/core'
import { paramsLayout } from '@attnkit/cuda-runtime'
import { type Splits, UNSPLIT } from './splits.js'

const TENSOR = {
  pointer: 'u64',
  batch_stride: 'i64',
  head_stride: 'i64',
  row_stride: 'i32',
  total_tokens: 'i32',
} as const

type TensorName = 'q' | 'k' | 'v' | 'o'

function tensorMembers<N extends TensorName>(name: N) {
  const members = Object.entries(TENSOR).map(([member, type]) => [`${name}.${member}`, type])
  return Object.fromEntries(members) as {
    [M in keyof typeof TENSOR as `${N}.${M}`]: (typeof TENSOR)[M]
  }
}

/** `FlashParams` of native/params.h, member by member. */
export const PARAMS = paramsLayout({
  ...tensorMembers('q'),
  ...tensorMembers('k'),
  ...tensorMembers('v'),
  ...tensorMembers('o'),
  softmax_lse: 'u64',
  cu_seqlens_q: 'u64',
  cu_seqlens_k: 'u64',
  key_starts: 'u64',
  key_ends: 'u64',
  causal_offsets: 'u64',
  key_lengths: 'u64',
  past_seqlens: 'u64',
  batch: 'i32',
  first_batch: 'i32',
  seqlen_q: 'i32',
  seqlen_k: 'i32',
  num_heads: 'i32',
  heads_per_kv: 'i32',
  head_dim: 'i32',
  head_dim_v: 'i32',
  new_keys: 'i32',
  causal_offset: 'i32',
  window_left: 'i32',
  window_right: 'i32',
  scale_log2: 'f32',
  softcap_scale: 'f32',
  flags: 'i32',
  lse_head_stride: 'i32',
  workspace: 'u64',
  counters: 'u64',
  num_splits: 'i32',
  reserved: 'i32',
})

type Member = keyof typeof PARAMS.fields

/** `FlashFlags` of native/params.h. */
export const FLAGS = {
  causal: 1 << 0,
  ignoreMaskInEmptyRows: 1 << 1,
  negateQueries: 1 << 2,
  zeroQueries: 1 << 3,
  exactSoftmax: 1 << 4,
  splitsInCluster: 1 << 5,
} as const

const HALF_BYTES = 2
const INT32_BYTES = 4
// Beyond any position: kUnbounded of attnkit/visibility.cuh.
const FARTHEST = 2 ** 30 - 1
const MAX_TOKENS = 2 ** 31 - 1

const ROLES = [
  ['q', 'q'],
  ['k', 'k'],
  ['v', 'v'],
  ['o', 'output'],
] as const satisfies readonly (readonly [TensorName, HeadRole])[]

/** The parameters of a plan's launches, in one buffer that each launch fills anew. */
export class FlashParams {
  readonly bytes = new Uint8Array(PARAMS.size)
  readonly #view = new DataView(this.bytes.buffer)
  readonly #addresses = new BigUint64Array(this.bytes.buffer)
  /** Of the tensors' first elements, in bytes; constant for a problem. */
  readonly #byteOffsets: [bigint, bigint, bigint, bigint] = [0n, 0n, 0n, 0n]
  readonly #exactSoftmax: boolean
  readonly #splits: Splits
  #problem: AttentionProblem | undefined

  /** `exactSoftmax`: as in the backend's options. */
  constructor(exactSoftmax: boolean, splits: Splits = UNSPLIT) {
    this.#exactSoftmax = exactSoftmax
    this.#splits = splits
  }

  /**
   * Packs a call; `workspace` and `counters` are where those are, if it has some. What follows from the problem
   * is written once for all calls with that problem.
   */
  pack(bound: BoundProblem<DeviceTensor>, workspace = 0n, counters = 0n): Uint8Array {
    if (bound.problem !== this.#problem) this.#packProblem(bound.problem)
    const [q, k, v, o] = this.#byteOffsets
    this.#setAddress('q.pointer', bound.q.pointer + q)
    this.#setAddress('k.pointer', addressOf(bound.k) + k)
    this.#setAddress('v.pointer', addressOf(bound.v) + v)
    this.#setAddress('o.pointer', bound.output.pointer + o)
    this.#setAddress('workspace', workspace)
    this.#setAddress('counters', counters)
    this.#packIndices(bound)
    if (bound.problem.varlen) this.#packTokens(bound)
    return this.bytes
  }

  #packIndices(bound: BoundProblem<DeviceTensor>): void {
    const { mask, causalOffset, keyLengths, past, softmaxLse, varlen, batch } = bound.problem
    const ends = mask === null ? 0n : addressOf(bound.mask)
    const starts = mask?.kind === 'start-end' ? ends + BigInt(batch * INT32_BYTES) : 0n
    const isPerBatch = causalOffset === 'per-batch'
    const hasLengths = keyLengths === 'per-batch'
    this.#setAddress('softmax_lse', softmaxLse ? addressOf(bound.softmaxLse) : 0n)
    this.#setAddress('cu_seqlens_q', varlen ? addressOf(bound.cuSeqlensQ) : 0n)
    this.#setAddress('cu_seqlens_k', varlen ? addressOf(bound.cuSeqlensK) : 0n)
    this.#setAddress('key_starts', starts)
    this.#setAddress('key_ends', ends)
    this.#setAddress('causal_offsets', isPerBatch ? addressOf(bound.causalOffset) : 0n)
    this.#setAddress('key_lengths', hasLengths ? addressOf(bound.keyLengths) : 0n)
    this.#setAddress('past_seqlens', past?.perBatch ? addressOf(bound.pastSeqlens) : 0n)
  }

  /** How many tokens the tensors hold: cumulative lengths on the device are clamped to it. */
  #packTokens(bound: BoundProblem<DeviceTensor>): void {
    const capacity = (role: HeadRole) => {
      const elements = elementCount(bound[role]?.shape ?? [0])
      return Math.min(tokenCapacity(headAxes(bound.problem, role), elements), MAX_TOKENS)
    }
    const rows = bound.softmaxLse?.shape[1] ?? MAX_TOKENS
    this.#setInteger('q.total_tokens', Math.min(capacity('q'), capacity('output'), rows))
    this.#setInteger('k.total_tokens', Math.min(capacity('k'), capacity('v')))
    this.#setInteger('lse_head_stride', rows)
  }

  #packProblem(problem: AttentionProblem): void {
    this.bytes.fill(0)
    ROLES.forEach(([name, role], i) => {
      const { offset, batchStride, headStride, seqStride } = problem[role]
      this.#byteOffsets[i] = BigInt(offset * HALF_BYTES)
      this.#setStride(`${name}.batch_stride`, batchStride * HALF_BYTES)
      this.#setStride(`${name}.head_stride`, headStride * HALF_BYTES)
      this.#setInteger(`${name}.row_stride`, seqStride * HALF_BYTES)
    })
    this.#packSizes(problem)
    this.#packScores(problem)
    this.#problem = problem
  }

  #packSizes(problem: AttentionProblem): void {
    const { causalOffset, keyLengths, seqlenK } = problem
    const keys = typeof keyLengths === 'number' ? Math.min(keyLengths, seqlenK) : seqlenK
    const offset = causalOffset === 'per-batch' ? 0 : causalOffset
    this.#setInteger('num_splits', this.#splits.count)
    this.#setInteger('batch', problem.batch)
    this.#setInteger('seqlen_q', problem.seqlenQ)
    this.#setInteger('seqlen_k', keys)
    this.#setInteger('num_heads', problem.numHeads)
    this.#setInteger('heads_per_kv', problem.numHeads / problem.numHeadsKv)
    this.#setInteger('head_dim', problem.headDim)
    this.#setInteger('head_dim_v', problem.headDimV)
    this.#setInteger('new_keys', newKeys(problem))
    this.#setInteger('causal_offset', Math.max(-FARTHEST, Math.min(offset, FARTHEST)))
    this.#setInteger('window_left', Math.min(problem.windowLeft, FARTHEST))
    this.#setInteger('window_right', Math.min(problem.windowRight, FARTHEST))
  }

  /**
   * Scores reach the softmax as exponents of 2, and only through a factor above 0: the queries take the
   * scale's sign, and are zeroed for a scale that float32 has as 0.
   */
  #packScores({ softmaxScale, softcap, causal, emptyRows }: AttentionProblem): void {
    const magnitude = Math.abs(softmaxScale)
    const isZero = Math.fround(magnitude * Math.LOG2E) === 0
    const scale = isZero ? 1 : magnitude
    const isCapped = softcap !== 0
    this.#setFloat('scale_log2', (isCapped ? softcap : scale) * Math.LOG2E)
    this.#setFloat('softcap_scale', isCapped ? (2 * Math.LOG2E * scale) / softcap : 0)
    const flags =
      (causal ? FLAGS.causal : 0) |
      (this.#exactSoftmax ? FLAGS.exactSoftmax : 0) |
      (this.#splits.inCluster ? FLAGS.splitsInCluster : 0) |
      (emptyRows === 'ignore-mask' ? FLAGS.ignoreMaskInEmptyRows : 0) |
      (isZero ? FLAGS.zeroQueries : softmaxScale < 0 ? FLAGS.negateQueries : 0)
    this.#setInteger('flags', flags)
  }

  #setAddress(member: Member, address: bigint): void {
    this.#addresses[PARAMS.offsets[member] / 8] = address
  }

  #setStride(member: Member, bytes: number): void {
    this.#view.setBigInt64(PARAMS.offsets[member], BigInt(bytes), true)
  }

  #setInteger(member: Member, value: number): void {
    this.#view.setInt32(PARAMS.offsets[member], value, true)
  }

  #setFloat(member: Member, value: number): void {
    this.#view.setFloat32(PARAMS.offsets[member], value, true)
  }
}

/** 0 for a tensor that the problem does without, as keys are when there are none. */
function addressOf(tensor: DeviceTensor | undefined): bigint {
  return tensor?.pointer ?? 0n
}
