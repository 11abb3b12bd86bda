import type { AttentionProblem, HeadView } from '@attnkit/core'

/** The three inputs as numbers, each where its view of the problem says. */
export interface NaiveInputs {
  readonly q: ArrayLike<number>
  readonly k: ArrayLike<number>
  readonly v: ArrayLike<number>
}

interface Row {
  readonly batch: number
  readonly head: number
  readonly query: number
}

/** Attention of one query, written down from its definition. */
function naiveRow(problem: AttentionProblem, inputs: NaiveInputs, row: Row): number[] {
  const { headDim, headDimV, seqlenK, softmaxScale, causal } = problem
  const at = (view: HeadView, position: number, head: number): number =>
    view.offset + row.batch * view.batchStride + position * view.seqStride + head * view.headStride
  const headKv = Math.floor((row.head * problem.numHeadsKv) / problem.numHeads)
  const weights = Array.from({ length: causal ? row.query + 1 : seqlenK }, (_, key) => {
    let score = 0
    for (let i = 0; i < headDim; i++) {
      score +=
        inputs.q[at(problem.q, row.query, row.head) + i]! *
        inputs.k[at(problem.k, key, headKv) + i]!
    }
    return Math.exp(score * softmaxScale)
  })
  const total = weights.reduce((a, b) => a + b, 0)
  return Array.from({ length: headDimV }, (_, i) =>
    weights.reduce(
      (sum, w, key) => sum + (w / total) * inputs.v[at(problem.v, key, headKv) + i]!,
      0,
    ),
  )
}

/** Attention of every query: (batch, seqlenQ, numHeads, headDimV). */
export function naiveAttention(problem: AttentionProblem, inputs: NaiveInputs): number[] {
  const { batch, seqlenQ, numHeads } = problem
  return Array.from({ length: batch * seqlenQ * numHeads }, (_, index) => {
    const token = Math.floor(index / numHeads)
    const row = {
      batch: Math.floor(token / seqlenQ),
      query: token % seqlenQ,
      head: index % numHeads,
    }
    return naiveRow(problem, inputs, row)
  }).flat()
}
