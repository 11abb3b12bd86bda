import { expect, it } from 'vitest'
import { generateProblem } from '../src/conformance/generate-problem.js'
import { Random } from '../src/conformance/random.js'
import { randomTensors } from '../src/conformance/random-tensors.js'
import { compareTensors } from '../src/numeric/compare-tensors.js'
import { toFloat64 } from '../src/numeric/float64.js'
import { projectionBiasPlacement } from '../src/problem/projection-bias-placement.js'
import { computeReference } from '../src/reference/compute-reference.js'

const CLOSE = { norm: 1e-9, max: 1e-9 }

it('adding the projection bias where its placement says gives the same result', async () => {
  const placements: Record<string, number> = {}
  for (let seed = 0; seed < 400; seed++) {
    const drawn = generateProblem(new Random(seed), {
      maxFlops: 1e5,
      supports: ({ projectionBias }) => projectionBias?.k === true,
    })
    if (!drawn.projectionBias?.k) continue
    const problem = drawn.softmaxLse ? { ...drawn, softmaxLse: seed % 2 === 0 } : drawn
    const { k, v } = projectionBiasPlacement(problem)
    placements[`${k} ${v}`] = (placements[`${k} ${v}`] ?? 0) + 1
    const bound = randomTensors(problem, new Random(seed))
    const expected = (await computeReference(bound)).output
    // Whether a row sees a key is what its log-sum-exp tells; K's bias is kept to learn it.
    const told = await computeReference({ ...bound, problem: { ...problem, softmaxLse: true } })
    const parts = { q: true, k: k === 'load', v: v === 'load' }
    const { output } = await computeReference({
      ...bound,
      problem: { ...problem, projectionBias: parts },
    })
    if (v === 'output') addToRows(output, told.softmaxLse!, bound)
    expect([seed, compareTensors(output, expected, CLOSE).ok]).toEqual([seed, true])
  }
  expect(Object.keys(placements).sort()).toEqual(['drop output', 'load load', 'load output'])
}, 60_000)

function addToRows(
  output: Float64Array,
  sums: Float64Array,
  { problem, projectionBias }: ReturnType<typeof randomTensors>,
): void {
  const { numHeads, headDim, headDimV, seqlenQ, varlen } = problem
  const bias = toFloat64(projectionBias!, 2 * numHeads * headDim)
  const tokens = output.length / (numHeads * headDimV)
  for (let token = 0; token < tokens; token++) {
    for (let head = 0; head < numHeads; head++) {
      const batch = Math.floor(token / seqlenQ)
      const padded = (batch * numHeads + head) * seqlenQ + (token % seqlenQ)
      if (sums[varlen ? head * tokens + token : padded] === Number.NEGATIVE_INFINITY) continue
      const start = (token * numHeads + head) * headDimV
      for (let c = 0; c < headDimV; c++) output[start + c]! += bias[head * headDimV + c]!
    }
  }
}
