import { expect } from 'vitest'
import type { BoundProblem } from '../src/backend/plan.js'
import { compareTensors } from '../src/numeric/compare-tensors.js'
import { TOLERANCES } from '../src/numeric/tolerances.js'
import type { AttentionProblem } from '../src/problem/attention-problem.js'
import { computeReference } from '../src/reference/compute-reference.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { type NaiveInputs, naiveRow } from './naive-attention.js'
import { naiveInputs } from './naive-inputs.js'

/** Holds every output of the reference against the formula; present too, whether it is asked for or not. */
export async function expectNaive(bound: BoundProblem<HostTensor>): Promise<void> {
  const { problem: p } = bound
  const inputs = naiveInputs(bound)
  const shown = { ...bound, problem: { ...p, present: true } }
  const { output, softmaxLse, qk, presentKey, presentValue } = await computeReference(shown)
  expectPresent(p, inputs, presentKey!, presentValue!)
  const expected: number[] = []
  const sums: number[] = new Array(p.batch * p.numHeads * p.seqlenQ)
  const scores: number[][] = new Array(sums.length)
  for (let b = 0; b < p.batch; b++) {
    for (let i = 0; i < p.seqlenQ; i++) {
      for (let h = 0; h < p.numHeads; h++) {
        const row = naiveRow(p, inputs, b, h, i)
        expected.push(...row.output)
        sums[(b * p.numHeads + h) * p.seqlenQ + i] = row.lse
        scores[(b * p.numHeads + h) * p.seqlenQ + i] = row.qk
      }
    }
  }
  expectNear(output, expected)
  if (p.softmaxLse) expectNear(softmaxLse!, sums)
  if (p.qkOutput !== 'none') expectScores(qk!, scores.flat())
}

function expectNear(actual: ArrayLike<number>, wanted: readonly number[]): void {
  expect(compareTensors(actual, wanted, TOLERANCES.float64)).toMatchObject({ ok: true })
}

/** Scores, and apart from them those of hidden keys, of which the lowest number would hide any error. */
function expectScores(actual: Float64Array, wanted: readonly number[]): void {
  const isExtreme = (score: number) => Math.abs(score) > 1e300
  expect([...actual].map((score) => (isExtreme(score) ? score : 0))).toEqual(
    wanted.map((score) => (isExtreme(score) ? score : 0)),
  )
  const cells = [...wanted.keys()].filter((at) => !isExtreme(wanted[at]!))
  expectNear(
    cells.map((at) => actual[at]!),
    cells.map((at) => wanted[at]!),
  )
}

/** Keys and values of the past, then the new ones as they take part; 0 behind them. */
function expectPresent(
  p: AttentionProblem,
  inputs: NaiveInputs,
  keys: Float64Array,
  values: Float64Array,
): void {
  const all = (read: NaiveInputs['k'], dim: number) =>
    Array.from({ length: p.batch * p.numHeadsKv * p.seqlenK * dim }, (_, at) => {
      const row = Math.floor(at / dim)
      const head = Math.floor(row / p.seqlenK)
      const [b, j] = [Math.floor(head / p.numHeadsKv), row % p.seqlenK]
      return j < inputs.rows(b) ? read(b, head % p.numHeadsKv, j, at % dim) : 0
    })
  expectNear(keys, all(inputs.k, p.headDim))
  expectNear(values, all(inputs.v, p.headDimV))
}
