import { describe, expect, it } from 'vitest'
import { featuresOf } from '../src/conformance/features.js'
import { generateProblem } from '../src/conformance/generate-problem.js'
import { Random } from '../src/conformance/random.js'
import { randomTensors } from '../src/conformance/random-tensors.js'
import type { AttentionProblem } from '../src/problem/attention-problem.js'
import { REFERENCE_CAPABILITIES } from '../src/reference/reference-capabilities.js'
import { expectNaive } from './naive-comparison.js'

const PADDED = {
  ...REFERENCE_CAPABILITIES,
  dtypes: ['float64'],
  layouts: ['bsnh', 'bnsh', 'bsn3h', 'bsn2h'],
} as const

const DRAWS = 300

/** Small problems in float64 with one feature at least of those that need arithmetic of their own. */
function draw(seed: number): AttentionProblem {
  const supports = ({ qkNorm, rotary, past, keyLengths, qkOutput }: AttentionProblem) =>
    qkNorm !== null ||
    rotary !== null ||
    past?.perBatch === true ||
    keyLengths !== null ||
    qkOutput !== 'none'
  return generateProblem(new Random(seed), { capabilities: PADDED, supports, maxFlops: 30_000 })
}

describe('the reference equals the formula', () => {
  it(`on ${DRAWS} random problems`, async () => {
    const covered = new Set<string>()
    for (let seed = 0; seed < DRAWS; seed++) {
      const problem = draw(seed)
      for (const feature of featuresOf(problem)) covered.add(feature)
      try {
        await expectNaive(randomTensors(problem, new Random(seed)))
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(problem)}`, { cause: error })
      }
    }
    for (const feature of [
      'past-per-batch',
      'stacked-cache',
      'qk-norm',
      'rotary-interleaved',
      'rotary-part',
      'rotary-tables',
      'rotary-positions',
      'key-lengths-per-batch',
      'qk-scaled',
      'qk-softcapped',
      'qk-biased',
      'qk-probabilities',
      'additive-mask',
      'sink-per-head',
    ]) {
      expect(covered).toContain(feature)
    }
  }, 120_000)
})
