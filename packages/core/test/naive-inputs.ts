import type { BoundProblem } from '../src/backend/plan.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import type { NaiveInputs } from './naive-attention.js'
import { naiveNorm, naiveRotary } from './naive-embedding.js'

/** The call's values by the meaning of each view, for the naive formula. */
export function naiveInputs({ problem: p, ...t }: BoundProblem<HostTensor>): NaiveInputs {
  const pastOf = (b: number) =>
    p.past?.perBatch ? Number(t.pastSeqlens!.data[b]) : (p.past?.seqlen ?? 0)
  const newKeys = p.seqlenK - (p.past?.seqlen ?? 0)
  /** A new token of a sequence, with its bias. */
  const fresh = (role: 'q' | 'k' | 'v', b: number, h: number, token: number): number[] => {
    const { offset, batchStride, seqStride, headStride } = p[role]
    const start = offset + b * batchStride + token * seqStride + h * headStride
    const dim = role === 'v' ? p.headDimV : p.headDim
    const third = { q: 0, k: 1, v: 2 }[role] * p.numHeads * p.headDim + h * dim
    return Array.from({ length: dim }, (_, c) => {
      const bias = p.projectionBias?.[role] ? Number(t.projectionBias!.data[third + c]) : 0
      return Number(t[role].data[start + c]) + bias
    })
  }
  const known = new Map<string, readonly number[]>()
  const embedded = (role: 'q' | 'k', b: number, h: number, token: number): readonly number[] => {
    const name = [role, b, h, token].join()
    const head = known.get(name) ?? embed(role, b, h, token)
    known.set(name, head)
    return head
  }
  const embed = (role: 'q' | 'k', b: number, h: number, token: number): readonly number[] => {
    let head: readonly number[] = fresh(role, b, h, token)
    const weights = role === 'q' ? t.qNorm : t.kNorm
    if (p.qkNorm) head = naiveNorm(head, Array.from(weights!.data, Number), p.qkNorm.epsilon)
    if (!p.rotary) return head
    const usual = pastOf(b) + token + (role === 'q' ? newKeys - p.seqlenQ : 0)
    const given = Number(t.positions?.data[b * p.seqlenQ + token])
    const half = p.rotary.dim / 2
    return naiveRotary(head, p.rotary.positions ? given : usual, p.rotary, (position, pair) => {
      // More queries than keys begin before position 0.
      const at = Math.max(0, position) * half + pair
      return [Number(t.rotaryCos!.data[at]), Number(t.rotarySin!.data[at])]
    })
  }
  const head = (role: 'q' | 'k' | 'v') => (b: number, h: number, i: number, c: number) => {
    const past = role === 'q' ? 0 : pastOf(b)
    if (i >= past) {
      return role === 'v' ? fresh(role, b, h, i - past)[c]! : embedded(role, b, h, i - past)[c]!
    }
    const rows = p.past!.bufferLength ?? p.past!.seqlen
    const dim = role === 'v' ? p.headDimV : p.headDim
    const cache = role === 'k' ? t.pastKey! : t.pastValue!
    const half = p.cacheStacked && role === 'v' ? p.batch * p.numHeadsKv * rows * dim : 0
    return Number(cache.data[half + ((b * p.numHeadsKv + h) * rows + i) * dim + c])
  }
  const at = (data: ArrayLike<number | bigint>, view: typeof p.mask & object, place: number[]) => {
    const { offset, batchStride, headStride, rowStride } = view.view!
    const [b, h, i, j] = place as [number, number, number, number]
    return Number(data[offset + b * batchStride + h * headStride + i * rowStride + j])
  }
  return {
    q: head('q'),
    k: head('k'),
    v: head('v'),
    keeps(...place) {
      if (!p.mask) return true
      const [b, , , j] = place
      if (p.mask.kind === 'lengths') return j < Number(t.mask!.data[b])
      if (p.mask.kind === 'start-end') {
        return j >= Number(t.mask!.data[p.batch + b]) && j < Number(t.mask!.data[b])
      }
      return at(t.mask!.data, p.mask, place) > 0
    },
    bias: (...place) =>
      p.attentionBias ? at(t.attentionBias!.data, p.attentionBias as never, place) : 0,
    offset: (b) =>
      p.causalOffset === 'per-batch' ? Number(t.causalOffset!.data[b]) : p.causalOffset,
    rows: (b) => pastOf(b) + newKeys,
    keys: (b) => {
      const length = p.keyLengths === 'per-batch' ? Number(t.keyLengths!.data[b]) : p.keyLengths
      return Math.min(length ?? p.seqlenK, pastOf(b) + newKeys)
    },
    sink: (h) => (p.sink === 'none' ? null : p.sink === 'zero' ? 0 : Number(t.sink!.data[h])),
  }
}
