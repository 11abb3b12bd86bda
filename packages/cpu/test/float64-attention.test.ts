import { computeReference, type Float64Outputs, type RowIndex } from '@attnkit/core'
import { generateProblem, Random, randomTensors } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { capabilities } from '../src/capabilities.js'
import { float64Attention } from '../src/float64-attention.js'
import { describeNative } from './support/describe-native.js'
import { randomCall } from './support/random-call.js'

// Two orders of summing up in float64.
const TOLERANCE = 1e-12

function expectEqual(actual: Float64Outputs | undefined, expected: Float64Outputs, name: string) {
  expect(actual, name).toBeDefined()
  for (const key of Object.keys(expected) as (keyof Float64Outputs)[]) {
    const wanted = expected[key]!
    const found = actual![key]!
    expect(found.length, `${name} ${key}`).toBe(wanted.length)
    const largest = wanted.reduce(
      (max, x) => (Math.abs(x) < 1e30 ? Math.max(max, Math.abs(x)) : max),
      1,
    )
    const at = wanted.findIndex((x, i) => {
      if (!Number.isFinite(x) || Math.abs(x) >= 1e30) return !Object.is(found[i], x)
      return !(Math.abs(found[i]! - x) <= TOLERANCE * largest)
    })
    expect(at, `${name} ${key}: ${found[at]} instead of ${wanted[at]}`).toBe(-1)
  }
}

function randomBound(seed: number, options: Partial<typeof capabilities> = {}) {
  const random = new Random(seed)
  const limits = { capabilities: { ...capabilities, ...options }, maxFlops: 3e6 }
  return randomTensors(generateProblem(random, limits), random)
}

describeNative('float64Attention', () => {
  it('equals the reference on 150 random problems', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const bound = randomBound(seed)
      expectEqual(await float64Attention(bound), await computeReference(bound), `problem ${seed}`)
    }
  })

  it('serves float64, as the reference does', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const bound = randomBound(seed, { dtypes: ['float64'] })
      expect(bound.problem.dtype).toBe('float64')
      expectEqual(await float64Attention(bound), await computeReference(bound), `problem ${seed}`)
    }
  })

  it('equals the reference on sampled rows, in their order', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const bound = randomBound(seed)
      const { batch, numHeads, seqlenQ, varlen } = bound.problem
      if (varlen || batch * seqlenQ === 0) continue
      const random = new Random(seed)
      const rows: RowIndex[] = Array.from({ length: 17 }, () => ({
        batch: random.integer(0, batch - 1),
        head: random.integer(0, numHeads - 1),
        query: random.integer(0, seqlenQ - 1),
      }))
      const expected = await computeReference(bound, rows)
      expectEqual(await float64Attention(bound, rows), expected, `problem ${seed}`)
    }
  })

  it('refuses rows outside of the problem', async () => {
    const bound = randomCall({ batch: 1, seqlenQ: 4, numHeads: 2, headDim: 8 })
    const rows = [{ batch: 0, head: 2, query: 0 }]
    await expect(float64Attention(bound, rows)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
