import { compareTensors, defineProblem, HOST, TOLERANCES } from '@attnkit/core'
import { Random, randomTensors } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { float64Attention } from '../src/float64-attention.js'
import { describeNative } from './support/describe-native.js'

const SIZES = { batch: 1, seqlenQ: 70, seqlenK: 512, numHeads: 2, headDim: 32 }

/** Multiplies the keys so that the score of key j is, for every query, around `score(j)`. */
async function run(score: (key: number) => number, seqlenK = SIZES.seqlenK) {
  const problem = defineProblem({ ...SIZES, seqlenK, dtype: 'float32', softmaxScale: 1 })
  const bound = randomTensors(problem, new Random(11))
  const [q, k] = [bound.q.data as Float32Array, bound.k.data as Float32Array]
  const rows = SIZES.numHeads * SIZES.headDim
  // The first element of each head carries the score, the others what is random about it.
  for (let i = 0; i < q.length; i += SIZES.headDim) q[i] = 1
  for (let i = 0; i < k.length; i += SIZES.headDim) k[i] = score(Math.floor(i / rows))
  await cpu({ threads: 2 }).plan(problem, HOST).execute(bound, 2)
  const expected = (await float64Attention(bound))!.output
  return { output: bound.output.data as Float32Array, expected }
}

describeNative('weights made before the largest score is known', () => {
  it.each<[string, (key: number) => number]>([
    ['that rise slowly', (key) => key / 8],
    ['that rise by more than there is room for, tile by tile', (key) => 24 * (key >> 7)],
    ['that fall', (key) => -key],
    ['of which one of the last towers above the others', (key) => (key === 509 ? 90 : -90)],
    ['of which the first towers above the others', (key) => (key === 0 ? 90 : -90)],
    ['that jump in the middle of a tile', (key) => (key < 200 ? -60 : 60)],
    ['that are large and close together', (key) => 80 + (key % 7)],
  ])('serves scores %s', async (_, score) => {
    for (const seqlenK of [512, 128, 77, 20]) {
      const { output, expected } = await run(score, seqlenK)
      // Scores around 100 are themselves rounded to 4e-6.
      expect(compareTensors(output, expected, TOLERANCES.float32).relError).toBeLessThan(2e-5)
    }
  })

  it('gives what the reference gives where scores are infinite', async () => {
    for (const infinite of [[0, 3], [5], [300], [0, 1, 2, 3, 4, 5, 6, 7]]) {
      const { output, expected } = await run((key) =>
        infinite.includes(key) ? Number.NEGATIVE_INFINITY : 1,
      )
      expect(compareTensors(output, expected, TOLERANCES.float32)).toMatchObject({ ok: true })
      const poisoned = await run((key) => (infinite.includes(key) ? Number.POSITIVE_INFINITY : 1))
      expect([...poisoned.output].every(Number.isNaN)).toBe(true)
    }
  })
})
