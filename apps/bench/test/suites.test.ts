import { OPERATORS, problemFlops } from '@attnkit/core'
import { cudaFlash } from '@attnkit/cuda-flash'
import { describe, expect, it } from 'vitest'
import { BenchError } from '../src/exit-codes.js'
import {
  type BenchShape,
  inputSpecs,
  operatorAttributes,
  operatorOf,
  outputShape,
  shapeLabel,
  shapeProblem,
} from '../src/suites/bench-shape.js'
import { SEED } from '../src/suites/seed.js'
import { SEED_CPU, shrinkForCpu } from '../src/suites/seed-cpu.js'
import { parsePositions, selectRows } from '../src/suites/select-rows.js'
import { SUITES, suiteNamed } from '../src/suites/suites.js'

describe('suite seed', () => {
  it('has the 85 rows of the pull request, 27 of each format and four of packed QKV alone', () => {
    const count = (format: string): number => SEED.filter((row) => row.format === format).length
    expect([SEED.length, count('Q,K,V'), count('Q,KV'), count('QKV')]).toEqual([85, 27, 27, 31])
    expect(new Set(SEED.map(shapeLabel)).size).toBe(85)
  })

  it('is 40 TFLOP of float16 attention that is not causal', () => {
    const flops = SEED.map((row) => problemFlops(shapeProblem(row)))
    expect(flops.reduce((a, b) => a + b, 0) / 1e12).toBeCloseTo(40.323, 3)
    expect(SEED.every(({ dtype, causal }) => dtype === 'float16' && !causal)).toBe(true)
  })

  it('keeps the order of the table', () => {
    expect(shapeLabel(SEED[0]!)).toBe('Q,K,V 32x512x64x32 float16')
    expect(shapeLabel(SEED[26]!)).toBe('Q,K,V 64x512x12x64 float16')
    expect(shapeLabel(SEED[54]!)).toBe('QKV 32x512x64x32 float16')
    expect(shapeLabel(SEED[84]!)).toBe('QKV 8x4096x32x128 float16')
  })
})

describe('suite seed-exact', () => {
  it('is the seed with the maximum of every block', () => {
    expect(suiteNamed('seed-exact')).toMatchObject({
      rows: SEED,
      backendOptions: { 'cuda-flash': { exactSoftmax: true } },
    })
    expect(suiteNamed('seed')).not.toHaveProperty('backendOptions')
  })
})

describe('suite causal', () => {
  it('has head dims 64 and 128 at three lengths of 16,384 tokens', () => {
    const rows = suiteNamed('causal')!.rows
    expect(rows.map(shapeLabel)).toEqual([
      'Q,K,V 8x2048x32x64 float16 causal',
      'Q,K,V 4x4096x32x64 float16 causal',
      'Q,K,V 1x16384x32x64 float16 causal',
      'Q,K,V 8x2048x16x128 float16 causal',
      'Q,K,V 4x4096x16x128 float16 causal',
      'Q,K,V 1x16384x16x128 float16 causal',
    ])
    expect(problemFlops(shapeProblem(rows[0]!))).toBe(2 * 8 * 2048 ** 2 * 32 * 64)
  })
})

describe('suite decode', () => {
  const rows = suiteNamed('decode')!.rows

  it('is a query of 32 heads over 8 against every length of cache that fits', () => {
    expect(rows.map(({ batch, cache }) => [batch, cache!.seqlenK])).toEqual(
      [1, 4, 16, 64].flatMap((batch) =>
        [1024, 4096, 16_384, 65_536]
          .filter((seqlenK) => batch < 64 || seqlenK < 65_536)
          .map((seqlenK) => [batch, seqlenK]),
      ),
    )
    expect(shapeLabel(rows[0]!)).toBe('Q,K,V 1x1x32x128 float16 over 1024x8')
  })

  it('is ONNX’s Attention of tensors whose heads come first, without an append', () => {
    const [row] = rows
    expect(operatorOf(row!)).toBe('ai.onnx::Attention')
    const { problem, outputs } = lowered(row!)
    expect(problem).toMatchObject({ layout: 'bnsh', past: null, present: false, causal: false })
    const { q, k, v, seqlenK, numHeads, numHeadsKv, headDim } = shapeProblem(row!)
    expect(problem).toMatchObject({ q, k, v, seqlenK, numHeads, numHeadsKv, headDim })
    expect(outputs.map(({ shape }) => shape)).toEqual([outputShape(row!)])
    expect(problemFlops(problem)).toBe(4 * 1024 * 32 * 128)
  })

  it('is served by the CUDA backend on a GPU', () => {
    const { h200 } = cudaFlash().capabilities.tunedDevices!
    for (const row of rows) {
      const { problem } = lowered(row)
      expect(cudaFlash().supports(problem, h200!).reasons).toEqual([])
    }
  })
})

/** The call of a row as dispatch sees it. */
function lowered(row: BenchShape) {
  const operator = OPERATORS.get(operatorOf(row))!
  return operator.lower(inputSpecs(row), operatorAttributes(row), {}, new Set())
}

describe('suite seed-cpu', () => {
  it('shrinks rows to batch 1, 4096 keys and the heads that 4 GFLOP allow', () => {
    const heads = (batch: number, seqlen: number, numHeads: number, headDim: number): number => {
      const row = { ...SEED[0]!, batch, seqlen, numHeads, headDim }
      return shrinkForCpu(row).numHeads
    }
    expect(heads(32, 512, 64, 32)).toBe(64)
    expect(heads(16, 1024, 64, 32)).toBe(16)
    expect(heads(1, 16384, 128, 16)).toBe(2)
    expect(heads(8, 4096, 32, 128)).toBe(1)
    expect(heads(128, 512, 12, 64)).toBe(12)
  })

  it('has no row over the limit but those of one head', () => {
    for (const row of SEED_CPU) {
      expect(row.batch).toBe(1)
      expect(row.seqlen).toBeLessThanOrEqual(4096)
      expect(row.numHeads === 1 || problemFlops(shapeProblem(row)) <= 4e9).toBe(true)
    }
  })

  it('has every format and head dim of the seed, each row once', () => {
    const kinds = (rows: typeof SEED): Set<string> =>
      new Set(rows.map(({ format, headDim }) => `${format} ${headDim}`))
    expect(kinds(SEED_CPU)).toEqual(kinds(SEED))
    expect(new Set(SEED_CPU.map(shapeLabel)).size).toBe(SEED_CPU.length)
    expect(SEED_CPU).toHaveLength(44)
  })
})

describe('rows of a suite', () => {
  it('become problems whose formats are strides', () => {
    const qkv = shapeProblem({ ...SEED[54]!, causal: true })
    expect(qkv.layout).toBe('bsn3h')
    expect([qkv.q.offset, qkv.k.offset, qkv.v.offset]).toEqual([0, 32, 64])
    expect(qkv.causal).toBe(true)
  })

  it('have the inputs of MultiHeadAttention in their format', () => {
    const [separate, packedKv, packedQkv] = [SEED[0]!, SEED[27]!, SEED[54]!].map(inputSpecs)
    expect(Object.keys(separate!)).toEqual(['query', 'key', 'value'])
    expect(packedKv!.key?.shape).toEqual([32, 512, 64, 2, 32])
    expect(Object.keys(packedQkv!)).toEqual(['query'])
    expect(packedQkv!.query?.shape).toEqual([32, 512, 64, 3, 32])
  })

  it('are chosen by position, name and kind', () => {
    const suite = suiteNamed('seed')!
    expect(selectRows({ short: false, rows: '0,83-84' }, suite)).toHaveLength(3)
    expect(selectRows({ short: false, filter: 'QKV 4x' }, suite)).toHaveLength(7)
    expect(selectRows({ short: false, rows: '0', filter: 'QKV' }, suite)).toHaveLength(0)
    for (const { rows, shortRows } of SUITES) {
      expect(shortRows.length).toBeGreaterThan(1)
      expect(shortRows.length).toBeLessThanOrEqual(6)
      expect(new Set(rows.map(shapeLabel)).size).toBe(rows.length)
      expect(rows).toEqual(expect.arrayContaining([...shortRows]))
    }
  })

  it('refuses positions that are not there', () => {
    for (const text of ['', '85', '5-2', 'a', '1-', '-1']) {
      expect(() => parsePositions(text, 85), text).toThrow(BenchError)
    }
    expect([...parsePositions('3, 5-6', 85)]).toEqual([3, 5, 6])
  })
})
