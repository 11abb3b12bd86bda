import { compareTensors, type FloatDtype, TOLERANCES, toFloat64 } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { cpu } from '../../src/cpu.js'
import { loadCpuAddon } from '../../src/load-cpu-addon.js'
import { describeNative } from './describe-native.js'
import { exactProduct, inNativeMemory, randomFactors } from './random-factors.js'
import { sameBits } from './same-bits.js'

const DTYPES = ['float32', 'float16', 'bfloat16'] as const
const TOKENS = [0, 1, 3, 8, 16, 17, 47, 48, 49, 130]
const RANDOM_SIZES = 120
// More rows than a task takes, rows that crowd a cache's sets, and the widths of BERT.
const LARGE: readonly Sizes[] = [
  [1100, 96, 50],
  [33, 1024, 200],
  [130, 768, 2304],
  [2, 700, 2304],
]

type Sizes = readonly [tokens: number, inputWidth: number, width: number]

function* sizes(random: Random): Generator<Sizes> {
  yield* LARGE
  yield* [
    [5, 0, 7],
    [5, 7, 0],
    [0, 7, 5],
    [1, 1, 1],
  ] as const
  for (let i = 0; i < RANDOM_SIZES; i++) {
    yield [random.pick(TOKENS), random.logInteger(1, 800), random.integer(1, 100)]
  }
}

async function failureOf(dtype: FloatDtype, [tokens, inputWidth, width]: Sizes, random: Random) {
  const projection = { dtype, tokens, inputWidth, width }
  const factors = randomFactors(projection, random)
  const used = random.chance(0.5) ? inNativeMemory(factors) : factors
  const result = await cpu({ threads: 3 }).project!(projection, used, 3)
  expect(result).toMatchObject({ dtype, shape: [tokens, width] })
  const expected = exactProduct(projection, factors)
  const comparison = compareTensors(toFloat64(result), expected, TOLERANCES[dtype])
  return comparison.ok ? [] : [`${dtype} ${tokens} ${inputWidth} ${width}: ${comparison.relError}`]
}

/**
 * Projections on one instruction set. To be called first in a file of its own: the set is chosen when
 * the addon is loaded. On a machine that lacks it the suite is skipped and says so.
 */
export function describeProjection(isa: string, seed: number): void {
  process.env.ATTNKIT_CPU_ISA = isa
  describeNative(`the projection on ${isa}`, () => {
    it('runs the kernels asked for', () => {
      expect(loadCpuAddon()).toMatchObject({ status: 'loaded', build: { isa } })
    })

    it.each(DTYPES)('agrees with float64 in %s', async (dtype) => {
      const random = new Random(seed)
      const failed: string[] = []
      for (const size of sizes(random)) failed.push(...(await failureOf(dtype, size, random)))
      expect(failed).toEqual([])
    })

    it.each(DTYPES)('does not depend on the number of threads in %s', async (dtype) => {
      for (const [tokens, inputWidth, width] of [...LARGE, [47, 300, 99]] as const) {
        const projection = { dtype, tokens, inputWidth, width }
        const factors = randomFactors(projection, new Random(7))
        const results = [1, 2, 5, 16].map((threads) =>
          cpu({ threads }).project!(projection, factors, threads),
        )
        // Weights that were packed at once, and weights in place.
        results.push(cpu().project!(projection, inNativeMemory(factors), 2))
        const [one, ...more] = await Promise.all(results)
        for (const other of more) expect(sameBits(other.data, one!.data)).toBe(true)
      }
    })

    it('lets a NaN reach its own row and its own column alone', async () => {
      const [row, column] = [9, 70]
      for (const tokens of [13, 60]) {
        const projection = { dtype: 'float32', tokens, inputWidth: 200, width: 90 } as const
        const factors = randomFactors(projection, new Random(seed))
        const clean = await cpu().project!(projection, factors, 2)
        factors.input.data[row * 200 + 150] = Number.NaN
        factors.weights.data[130 * 90 + column] = Number.NaN
        const { data } = await cpu().project!(projection, factors, 2)
        const expected = Float32Array.from(clean.data as Float32Array, (value, at) =>
          Math.floor(at / 90) === row || at % 90 === column ? Number.NaN : value,
        )
        expect(data).toEqual(expected)
      }
    })
  })
}
