import { createAttention, problemFlops } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { chooseVariant } from '../src/choose-variant.js'
import { estimate } from '../src/estimate.js'
import { cudaFlash } from '../src/index.js'
import { type Fa2Kernel, TUNINGS, type TunedVariant, tunedDevice, tuningOf } from '../src/tuning.js'
import { VARIANTS, variantsFor } from '../src/variants.js'
import { halfProblem } from './fake-tensors.js'

const { a100, h200 } = TUNINGS as Record<'a100' | 'h200', (typeof TUNINGS)[string]>
const A100 = tunedDevice(a100)

// Boost clocks and memory of the data sheets.
const COMPUTE = (108 * 1410) / (132 * 1980)
const MEMORY = 2.039 / 4.8
const TENSOR_CORES_TFLOPS = 312

function isFa2(kernel: TunedVariant): kernel is Fa2Kernel {
  return kernel.family === 'fa2-sm80'
}

describe('an A100, on which nothing was measured', () => {
  it('says so', () => {
    expect(a100.modelled_from).toBe('h200')
    expect(a100.source).toMatch(/^not measured: /)
    expect(a100.measurements).toEqual([])
    expect(h200).not.toHaveProperty('modelled_from')
  })

  it('has the mma.sync kernels of the H200, scaled by its processors, clock and memory', () => {
    const names = h200.variants
      .filter(({ family }) => family !== 'hopper-sm90a')
      .map(({ name }) => name)
    expect(a100.variants.map(({ name }) => name)).toEqual(names)
    const measuredAs = new Map(h200.variants.filter(isFa2).map((kernel) => [kernel.name, kernel]))
    for (const { tflops, ...kernel } of a100.variants.filter(isFa2)) {
      const { tflops: measured, ...same } = measuredAs.get(kernel.name)!
      expect(tflops / measured).toBeCloseTo(COMPUTE, 2)
      expect(tflops).toBeLessThan(0.8 * TENSOR_CORES_TFLOPS)
      expect(kernel).toEqual(same)
    }
    expect(a100.memory_tbps / h200.memory_tbps).toBeCloseTo(MEMORY, 2)
  })

  it('adds no kernel to those that are compiled', () => {
    expect(VARIANTS).toHaveLength(2 * h200.variants.length)
    const { tflops, name } = a100.variants.find(isFa2)!
    const kernel = VARIANTS.find((one) => one.name === `${name}-f16`)!
    expect(kernel).toMatchObject({ tflops: h200.variants.find(isFa2)!.tflops })
    const problem = halfProblem({ headDim: kernel.head_dim, seqlenQ: 512, seqlenK: 512 })
    expect(variantsFor(problem, A100)).toContainEqual({ ...kernel, tflops })
    expect(variantsFor(problem, { ...A100, name: 'a GPU' })).toContainEqual({ ...kernel, tflops })
  })

  it('is the model of what has its major compute capability, the H200 of the rest', () => {
    const gpu = (major: number, minor: number) =>
      tuningOf({ type: 'cuda', index: 0, name: 'a GPU', computeCapability: [major, minor] })
    expect(tuningOf(A100)).toBe(a100)
    expect([gpu(8, 0), gpu(8, 9)]).toEqual([a100, a100])
    expect([gpu(9, 0), gpu(10, 0), gpu(12, 0)]).toEqual([h200, h200, h200])
    expect(tuningOf({ ...A100, name: h200.device })).toBe(h200)
  })

  it('takes as long as its speed says, and says that this is modelled', () => {
    const problem = halfProblem({ batch: 27, numHeads: 8, seqlenQ: 8192, headDim: 128 })
    const variant = chooseVariant(problem, A100)
    expect(variant.name).toBe('fa2-sm80-d128-m128n64-f16')
    const { microseconds, source } = estimate(problem, variant, A100)
    expect(source).toBe('modelled')
    const tflops = problemFlops(problem) / microseconds / 1e6
    const own = a100.variants.filter(isFa2).find(({ name }) => variant.name === `${name}-f16`)!
    expect(tflops).toBeGreaterThan(0.97 * own.tflops)
    expect(tflops).toBeLessThan(own.tflops)
  })

  it('is what attention decides for by the name of its file', async () => {
    const attention = await createAttention({ backends: [cudaFlash()], environment: {} })
    const device = cudaFlash().capabilities.tunedDevices!.a100!
    const { decision } = attention.explainCall(
      'MultiHeadAttention',
      { query: { dtype: 'float16', shape: [4, 4096, 32, 3, 64] } },
      { numHeads: 32 },
      { device },
    )
    expect(decision).toMatchObject({ backend: 'cuda-flash', variant: 'fa2-sm80-d64-m128n64-f16' })
  })
})
