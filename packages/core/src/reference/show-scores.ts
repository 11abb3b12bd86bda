import { LOWEST_VALUES } from '../numeric/lowest-value.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { RowView } from './row-mask.js'
import { softcapped } from './softcapped.js'

/** The scores of one row, by key, and the weights of the keys that take part in its softmax. */
export interface RowScores {
  readonly scaled: Float64Array
  readonly biased: Float64Array
  readonly weights: { readonly keys: Uint32Array; readonly values: Float64Array }
}

export interface RowVisibility {
  /** The keys that key lengths, causal and windows leave. */
  readonly range: readonly [first: number, end: number]
  readonly mask: RowView
  /** How many keys the sequence has; those that it lacks are shown as hidden ones. */
  readonly keys: number
}

/** Writes what the `qk` output shows of one row. */
export function showScores(
  problem: AttentionProblem,
  { scaled, biased, weights }: RowScores,
  { range: [first, end], mask, keys }: RowVisibility,
  target: Float64Array,
): void {
  const { qkOutput, qkHidden, softcap, dtype } = problem
  if (qkOutput === 'probabilities') {
    target.fill(0)
    weights.keys.forEach((key, i) => {
      target[key] = weights.values[i]!
    })
    return
  }
  const hidden = { lowest: LOWEST_VALUES[dtype], '-inf': Number.NEGATIVE_INFINITY, zero: 0 }
  // Before bias and mask only `zero` says that what is hidden shall not be seen.
  const covers = qkOutput === 'biased' || qkHidden === 'zero'
  const filter = problem.mask?.filterValue ?? 0
  for (let key = 0; key < problem.seqlenK; key++) {
    const isHidden = key < first || key >= end
    if (key >= keys || (isHidden && covers)) target[key] = hidden[qkHidden]
    else if (qkOutput === 'scaled') target[key] = scaled[key]!
    else if (qkOutput === 'softcapped') target[key] = softcapped(scaled[key]!, softcap)
    else target[key] = mask.masks(key) ? filtered(biased[key]!, filter) : biased[key]!
  }
}

/** A score with the filter value of an excluding mask; a NaN does not show through -Infinity. */
function filtered(score: number, filterValue: number): number {
  return filterValue === Number.NEGATIVE_INFINITY ? filterValue : score + filterValue
}
