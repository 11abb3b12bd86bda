import { emptyTensor, type RowIndex, tensor, toFloat16 } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { measureError } from '../src/accuracy/measure-error.js'
import { firstUnwritten, poison, poisonedArray } from '../src/accuracy/poison.js'
import { fillWithNormal, uniformSource } from '../src/accuracy/random.js'
import { measureRowError } from '../src/accuracy/row-error.js'
import { edgeRows, sampleRows } from '../src/accuracy/sampled-rows.js'
import { type BenchShape, shapeProblem } from '../src/suites/bench-shape.js'

const SHAPE: BenchShape = {
  format: 'Q,K,V',
  batch: 2,
  seqlen: 5,
  numHeads: 3,
  headDim: 8,
  causal: false,
  dtype: 'float16',
}

function pairsOf(rows: readonly RowIndex[]): string[] {
  return [...new Set(rows.map(({ batch, head }) => `${batch}/${head}`))]
}

describe('sampled rows', () => {
  const rows = sampleRows({ batch: 4, numHeads: 12, seqlen: 1000 }, { random: uniformSource(7) })

  it('are 64 different ones in each of 8 different pairs, first and last among them', () => {
    const pairs = pairsOf(rows)
    expect(pairs).toHaveLength(8)
    expect(pairs[0]).toBe('0/0')
    expect(pairs.at(-1)).toBe('3/11')
    for (const pair of pairs) {
      const queries = rows.filter(({ batch, head }) => `${batch}/${head}` === pair)
      expect(new Set(queries.map(({ query }) => query)).size).toBe(64)
      expect(queries[0]!.query).toBe(0)
      expect(queries.at(-1)!.query).toBe(999)
    }
  })

  it('has both sides of the edges of the first and the last tile', () => {
    const queries = new Set(rows.slice(0, 64).map(({ query }) => query))
    for (const row of [63, 64, 127, 128, 895, 896, 959, 960]) expect(queries).toContain(row)
  })

  it('are all there are where there is less', () => {
    const few = sampleRows({ batch: 1, numHeads: 2, seqlen: 5 }, { random: uniformSource(1) })
    expect(pairsOf(few)).toEqual(['0/0', '0/1'])
    expect(few.map(({ query }) => query)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  })

  it('stay inside sequences shorter than a tile', () => {
    expect(edgeRows(1).every((row) => row === 0)).toBe(true)
    expect(Math.max(...edgeRows(65))).toBe(64)
  })
})

describe('poison', () => {
  for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
    it(`shows the elements of ${dtype} that nobody wrote`, () => {
      const data = poisonedArray(10, dtype)
      expect(firstUnwritten(data, dtype)).toBe(0)
      data.fill(0, 0, 7)
      expect(firstUnwritten(data, dtype)).toBe(7)
      data.fill(1)
      expect(firstUnwritten(data, dtype)).toBe(-1)
    })
  }

  it('respects where an array begins in its buffer', () => {
    const buffer = new Float32Array(8)
    poison(buffer.subarray(4), 'float32')
    expect(firstUnwritten(buffer, 'float32')).toBe(4)
  })
})

describe('the error of a row', () => {
  const problem = shapeProblem(SHAPE)
  const rows = [{ batch: 1, head: 2, query: 4 }]
  const start = ((1 * 5 + 4) * 3 + 2) * 8

  it('is the norm of the difference over the norm of what is expected', () => {
    const output = new Uint16Array(2 * 5 * 3 * 8)
    output.set(toFloat16([1, 1, 1, 1, 1, 1, 1, 2]), start)
    const error = measureRowError(problem, output, rows, new Float64Array(8).fill(1))
    expect(error).toEqual({ relError: Math.sqrt(1 / 8), maxAbsError: 1, rows: 1 })
  })

  it('is infinite when a value is NaN', () => {
    const output = new Uint16Array(2 * 5 * 3 * 8).fill(0x7e00)
    const { relError } = measureRowError(problem, output, rows, new Float64Array(8).fill(1))
    expect(relError).toBe(Number.POSITIVE_INFINITY)
  })

  it('refuses an output that was not written', async () => {
    const dims = [2, 5, 24]
    const input = emptyTensor(dims, 'float16')
    const output = tensor(poisonedArray(2 * 5 * 24, 'float16'), dims, 'float16')
    const tensors = { q: input, k: input, v: input, output }
    await expect(measureError(problem, tensors, 1)).rejects.toThrow('element 0')
  })

  it('is 0 for what float64 gives, and large for another problem’s', async () => {
    const random = uniformSource(3)
    const wide = { ...SHAPE, dtype: 'float32' } as const
    const make = () => tensor(fillWithNormal(new Float32Array(240), random), [2, 5, 24])
    const [q, k, v] = [make(), make(), make()]
    const zeros = emptyTensor([2, 5, 24], 'float32')
    const error = await measureError(shapeProblem(wide), { q, k, v, output: zeros }, 1)
    expect(error).toMatchObject({ relError: 1, rows: 30 })
  })
})

describe('random values', () => {
  it('are normal and the same for the same seed', () => {
    const draw = (seed: number) => fillWithNormal(new Float32Array(20001), uniformSource(seed))
    const values = draw(5)
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05)
    expect(draw(5)).toEqual(values)
    expect(draw(6)).not.toEqual(values)
  })
})
