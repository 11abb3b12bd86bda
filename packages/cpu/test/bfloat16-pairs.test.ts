import { compareTensors, defineProblem, fromBfloat16, HOST, TOLERANCES } from '@attnkit/core'
import { Random, randomTensors } from '@attnkit/core/conformance'
import { describe, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { float64Attention } from '../src/float64-attention.js'
import { loadCpuAddon } from '../src/load-cpu-addon.js'
import { describeNative } from './support/describe-native.js'

const addon = loadCpuAddon()
const isa = addon.status === 'loaded' ? addon.build.isa : undefined
const NAN = 0x7fc0

/** The output of a bfloat16 problem whose keys from `length` on are NaN and hidden by a mask of lengths. */
async function run(seqlenK: number, length: number, headDim: number, threads = 2) {
  const sizes = { batch: 1, seqlenQ: 61, seqlenK, numHeads: 2, headDim }
  const mask = { kind: 'lengths', filterValue: Number.NEGATIVE_INFINITY } as const
  const problem = defineProblem({ ...sizes, dtype: 'bfloat16', mask })
  const bound = randomTensors(problem, new Random(7))
  bound.mask?.data.fill(length as never)
  for (const { data } of [bound.k, bound.v]) {
    ;(data as Uint16Array).fill(NAN, length * sizes.numHeads * headDim)
  }
  const plan = cpu({ threads }).plan(problem, HOST)
  await plan.execute(bound, threads)
  const output = bound.output.data as Uint16Array
  const expected = (await float64Attention(bound))!.output
  return { variant: plan.variant, output, expected }
}

describeNative('products of bfloat16 by pairs', () => {
  describe.skipIf(isa !== 'avx512bf16')(`(else: this is ${isa}, without AVX-512 BF16)`, () => {
    // An odd number of keys: the last visible one is paired with a hidden NaN, or with nothing.
    it.each([
      [300, 77],
      [77, 77],
      [300, 128],
      [129, 1],
      [513, 257],
    ])('%i keys, of which %i are visible and the others NaN', async (keys, length) => {
      const { variant, output, expected } = await run(keys, length, 34)
      expect(variant).toBe('cpu-avx512bf16-pairs48')
      const { ok, relError } = compareTensors(fromBfloat16(output), expected, TOLERANCES.bfloat16)
      expect(relError).toBeLessThan(5e-3)
      expect(ok).toBe(true)
    })

    it('converts where the head dim is odd', async () => {
      const { variant, output, expected } = await run(300, 77, 33)
      expect(variant).toBe('cpu-avx512bf16-t48')
      expect(compareTensors(fromBfloat16(output), expected, TOLERANCES.bfloat16).ok).toBe(true)
    })

    it('gives the same bits on any number of threads', async () => {
      const [one, five] = await Promise.all([run(513, 500, 64, 1), run(513, 500, 64, 5)])
      expect(one.output).toEqual(five.output)
    })
  })
})
