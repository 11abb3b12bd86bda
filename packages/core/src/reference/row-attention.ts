import type { BoundProblem } from '../backend/plan.js'
import { elementReader } from '../numeric/element-reader.js'
import { hostInt32 } from '../problem/index-faults.js'
import { type RowContext, visibleKeys } from '../problem/visible-keys.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { RowIndex } from './float64-outputs.js'
import type { HeadSource, KeyValueHead } from './head-source.js'
import type { Pacer } from './pacer.js'
import { RowMask, type RowView } from './row-mask.js'
import { showScores } from './show-scores.js'
import { softcapped } from './softcapped.js'
import { softmaxRow } from './softmax-row.js'

/** Where the results of one row go. */
export interface RowTarget {
  /** headDimV elements, zeros before. */
  readonly output: Float64Array
  /** seqlenK elements, for the `qk` output. */
  readonly qk?: Float64Array | undefined
}

// Multiplications between two looks at the clock.
const WORK_PER_LOOK = 2 ** 17

/** Attention of one row after the other, in float64, in the order of the problem's formula. */
export class RowAttention {
  readonly #bound: BoundProblem<HostTensor>
  readonly #source: HeadSource
  readonly #mask: RowMask
  readonly #pacer: Pacer
  readonly #context: RowContext
  readonly #sink: (head: number) => number
  readonly #query: Float64Array<ArrayBuffer>
  /** By key: after the scale, and after softcap, bias and an additive mask. */
  readonly #scaled: Float64Array
  readonly #biased: Float64Array
  /** The keys that the softmax runs over, and their scores, then weights. */
  readonly #chosen: Uint32Array
  readonly #weights: Float64Array

  constructor(bound: BoundProblem<HostTensor>, source: HeadSource, pacer: Pacer) {
    const { seqlenK, headDim } = bound.problem
    this.#bound = bound
    this.#source = source
    this.#mask = new RowMask(bound)
    this.#pacer = pacer
    this.#context = contextOf(bound)
    this.#sink = sinkOf(bound)
    this.#query = new Float64Array(headDim)
    this.#scaled = new Float64Array(seqlenK)
    this.#biased = new Float64Array(seqlenK)
    this.#chosen = new Uint32Array(seqlenK)
    this.#weights = new Float64Array(seqlenK)
  }

  /** Computes `row` into `target`. Returns its log-sum-exp, -Infinity when it sees no key. */
  async attend(row: RowIndex, head: KeyValueHead, target: RowTarget): Promise<number> {
    const { problem } = this.#bound
    const { keys } = head.sequence
    const range = visibleKeys(problem, row.batch, row.query, { ...this.#context, seqlenK: keys })
    const mask = this.#mask.row(row)
    this.#source.query(head.sequence, row, this.#query)
    await this.#score(head.keys, mask, target.qk ? [0, keys] : range)
    const count = this.#choose(range, mask)
    const logSumExp = softmaxRow(this.#weights, count, this.#sink(row.head))
    await this.#combine(head.values, count, target.output)
    if (target.qk) {
      const weights = { keys: this.#chosen.subarray(0, count), values: this.#weights }
      const scores = { scaled: this.#scaled, biased: this.#biased, weights }
      showScores(problem, scores, { range, mask, keys }, target.qk)
    }
    return logSumExp
  }

  async #score(keys: Float64Array, mask: RowView, [first, end]: readonly [number, number]) {
    const { headDim, softmaxScale, softcap } = this.#bound.problem
    const query = this.#query
    const block = Math.ceil(WORK_PER_LOOK / headDim)
    for (let begin = first; begin < end; begin += block) {
      const blockEnd = Math.min(begin + block, end)
      for (let key = begin; key < blockEnd; key++) {
        let sum = 0
        for (let c = 0, k = key * headDim; c < headDim; c++, k++) sum += query[c]! * keys[k]!
        this.#scaled[key] = sum * softmaxScale
        this.#biased[key] = mask.biased(softcapped(this.#scaled[key]!, softcap), key)
      }
      if (this.#pacer.due) await this.#pacer.rest()
    }
  }

  /** The keys of `range` that the mask keeps, or all when it keeps none and is to be ignored then. */
  #choose(range: readonly [number, number], mask: RowView): number {
    const kept = this.#chooseWhere(range, (key) => !mask.excludes(key))
    if (kept.any || this.#bound.problem.emptyRows === 'zero') return kept.count
    return this.#chooseWhere(range, () => true).count
  }

  #chooseWhere([first, end]: readonly [number, number], isChosen: (key: number) => boolean) {
    let count = 0
    let any = false
    for (let key = first; key < end; key++) {
      if (!isChosen(key)) continue
      any = true
      const score = this.#biased[key]!
      // A bias of -Infinity hides its key: nothing of the key, not even a NaN, reaches the output.
      if (score === Number.NEGATIVE_INFINITY) continue
      this.#chosen[count] = key
      this.#weights[count] = score
      count++
    }
    return { count, any }
  }

  async #combine(values: Float64Array, count: number, output: Float64Array): Promise<void> {
    const { headDimV } = this.#bound.problem
    const block = Math.ceil(WORK_PER_LOOK / headDimV)
    for (let begin = 0; begin < count; begin += block) {
      const end = Math.min(begin + block, count)
      for (let i = begin; i < end; i++) {
        const weight = this.#weights[i]!
        const from = this.#chosen[i]! * headDimV
        for (let c = 0; c < headDimV; c++) output[c]! += weight * values[from + c]!
      }
      if (this.#pacer.due) await this.#pacer.rest()
    }
  }
}

/** The index tensors that say which keys a row sees. */
function contextOf({ causalOffset, keyLengths }: BoundProblem<HostTensor>): RowContext {
  const [offsets, lengths] = [hostInt32(causalOffset), hostInt32(keyLengths)]
  return { ...(offsets && { causalOffset: offsets }), ...(lengths && { keyLengths: lengths }) }
}

/** The logit that joins each row's denominator; -Infinity for none. */
function sinkOf({ problem, sink }: BoundProblem<HostTensor>): (head: number) => number {
  if (problem.sink === 'per-head' && sink) return elementReader(sink)
  return () => (problem.sink === 'zero' ? 0 : Number.NEGATIVE_INFINITY)
}
