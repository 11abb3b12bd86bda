import type { BoundProblem } from '../backend/plan.js'
import { type Comparison, compareTensors } from '../numeric/compare-tensors.js'
import { fromFloat64, toFloat64 } from '../numeric/float64.js'
import { LOWEST_VALUES } from '../numeric/lowest-value.js'
import { TOLERANCES } from '../numeric/tolerances.js'
import { EXCLUSION_THRESHOLD } from '../problem/attention-problem.js'
import { headVectors } from '../problem/head-vectors.js'
import { presentHeads } from '../problem/present-heads.js'
import type { Float64Outputs } from '../reference/float64-outputs.js'
import { sequences } from '../reference/sequences.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { HostTensor } from '../tensor/tensor.js'

/** How far one output is from what is expected. */
export interface OutputError extends Comparison {
  readonly name: string
}

/** Compares every output of a call with float64 attention, at the tolerances of its dtype. */
export function outputErrors(
  bound: BoundProblem<HostTensor>,
  expected: Float64Outputs,
): readonly OutputError[] {
  const { dtype, present, qkOutput, softmaxLse } = bound.problem
  const compare = (
    name: string,
    actual: Float64Array,
    wanted: Float64Array,
    tolerance = TOLERANCES[dtype],
  ): OutputError => ({ name, ...compareTensors(actual, wanted, tolerance) })
  const errors = [compare('output', outputOf(bound, expected.output.length), expected.output)]
  if (softmaxLse) {
    const sums = toFloat64(bound.softmaxLse!)
    // They are float32 in every problem.
    const tolerance = TOLERANCES[dtype === 'float64' ? 'float32' : dtype]
    errors.push(compare('softmaxLse', sums, expected.softmaxLse!, tolerance))
  }
  if (present) {
    for (const name of ['presentKey', 'presentValue'] as const) {
      errors.push(compare(name, ...presentRowsOf(bound, name, expected[name]!)))
    }
  }
  if (qkOutput !== 'none') {
    const actual = toFloat64(bound.qk!)
    for (const [name, cells] of Object.entries(scoreGroups(expected.qk!, dtype))) {
      errors.push(compare(name, pick(actual, cells.at), Float64Array.from(cells.wanted)))
    }
  }
  return errors
}

function outputOf({ problem, output }: BoundProblem<HostTensor>, length: number): Float64Array {
  const { numHeads, headDimV } = problem
  const values = new Float64Array(length)
  for (const { at, from } of headVectors(problem, 'output', length / (numHeads * headDimV))) {
    values.set(toFloat64(output, from, from + headDimV), at)
  }
  return values
}

/** The keys or values of each sequence, in present and as expected; rows behind them are not looked at. */
function presentRowsOf(
  bound: BoundProblem<HostTensor>,
  role: 'presentKey' | 'presentValue',
  expected: Float64Array,
): readonly [actual: Float64Array, wanted: Float64Array] {
  const actual = new Float64Array(expected.length)
  const wanted = new Float64Array(expected.length)
  const keys = sequences(bound).map((sequence) => sequence.keys)
  for (const { batch, head, dim, at } of presentHeads(bound.problem, role)) {
    const start = head * bound.problem.seqlenK * dim
    const size = keys[batch]! * dim
    actual.set(toFloat64(bound[role]!, at, at + size), start)
    wanted.set(expected.subarray(start, start + size), start)
  }
  return [actual, wanted]
}

/**
 * Cells of the `qk` output apart by size, so that the largest do not hide errors of the others: scores,
 * those with the filter value of a mask, and the lowest numbers and infinities, which are rounded to
 * the dtype and have to be met exactly.
 */
function scoreGroups(scores: Float64Array, dtype: FloatDtype) {
  const groups = {
    qk: { at: [] as number[], wanted: [] as number[] },
    'qk (masked)': { at: [] as number[], wanted: [] as number[] },
    'qk (hidden)': { at: [] as number[], wanted: [] as number[] },
  }
  scores.forEach((score, at) => {
    const isExtreme = score <= LOWEST_VALUES[dtype] || Math.abs(score) > -LOWEST_VALUES[dtype]
    const isMasked = score < EXCLUSION_THRESHOLD / 2
    const group = groups[isExtreme ? 'qk (hidden)' : isMasked ? 'qk (masked)' : 'qk']
    group.at.push(at)
    group.wanted.push(isExtreme ? rounded(score, dtype) : score)
  })
  return Object.fromEntries(Object.entries(groups).filter(([, { at }]) => at.length > 0))
}

function rounded(value: number, dtype: FloatDtype): number {
  return toFloat64({ dtype, data: fromFloat64([value], dtype) })[0]!
}

function pick(values: Float64Array, places: readonly number[]): Float64Array {
  return Float64Array.from(places, (at) => values[at]!)
}
