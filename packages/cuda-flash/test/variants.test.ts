import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilities } from '../src/capabilities.js'
import { estimate } from '../src/estimate.js'
import { chooseVariant } from '../src/plan.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import { VARIANTS, variantsFor } from '../src/variants.js'
import { halfProblem } from './fake-tensors.js'

const PACKAGE = join(import.meta.dirname, '..')
const H200 = tunedDevice(TUNINGS.h200!)

describe('the table of kernels', () => {
  it.each([
    ['is what the native part is generated from', 'generate-variants.mjs'],
    ['has the times of the committed measurements', 'tuning-measurements.mjs'],
  ])('%s', (_, name) => {
    const script = join(PACKAGE, 'scripts', name)
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it.each([
    [128, 'fa2-sm80-d64-m128n32-f16'],
    [129, 'fa2-sm80-d64-m128n64-f16'],
  ])('serves %i keys with %s', (seqlenK, name) => {
    expect(chooseVariant(halfProblem({ seqlenQ: 128, seqlenK }), H200).name).toBe(name)
  })

  it('numbers each kernel once', () => {
    expect(VARIANTS.map(({ index }) => index)).toEqual(VARIANTS.map((_, i) => i))
    expect(new Set(VARIANTS.map(({ name }) => name)).size).toBe(VARIANTS.length)
    expect(VARIANTS.map(({ name }) => name)).toContain('fa2-sm80-d64-m128n64-f16')
  })

  it('is shown in the capabilities', () => {
    const shown = capabilities.variants?.find(({ name }) => name === 'fa2-sm80-d64-m128n64-f16')
    expect(shown?.serves).toContain('head dims 56 to 64')
    expect(Object.keys(capabilities.tunedDevices ?? {})).toEqual(['h200'])
  })

  it.each([
    ['the H200', {}],
    ['a GPU with little shared memory', { sharedMemoryPerBlock: 99 * 1024 }],
    ['a GPU of which nothing is known', { sharedMemoryPerBlock: undefined }],
  ] as const)('has a kernel for every head dim on %s', (_name, properties) => {
    const { sharedMemoryPerBlock: _, ...rest } = H200
    const bytes = 'sharedMemoryPerBlock' in properties ? properties.sharedMemoryPerBlock : _
    const device = bytes === undefined ? rest : { ...rest, sharedMemoryPerBlock: bytes }
    for (let headDim = 8; headDim <= 256; headDim += 8) {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const [first] = variantsFor(headDim, dtype, device)
        expect(first?.head_dim).toBeGreaterThanOrEqual(headDim)
        expect(first?.sharedMemory).toBeLessThanOrEqual(bytes ?? 99 * 1024)
      }
    }
  })
})

describe('the choice of a kernel', () => {
  it('takes the next head dim and the dtype', () => {
    const name = (headDim: number, dtype: 'float16' | 'bfloat16') =>
      chooseVariant(halfProblem({ headDim, dtype }), H200).name
    expect(name(40, 'float16')).toMatch(/^fa2-sm80-d48-.*-f16$/)
    expect(name(256, 'bfloat16')).toMatch(/^fa2-sm80-d256-.*-bf16$/)
  })

  it('refuses what supports() refuses', () => {
    expect(() => chooseVariant(halfProblem({ dtype: 'float32' }), H200)).toThrow('no kernel')
  })
})

describe('the estimate', () => {
  const time = (options: Parameters<typeof halfProblem>[0]) => {
    const problem = halfProblem(options)
    return estimate(problem, chooseVariant(problem, H200), H200).microseconds
  }

  it('grows with the work', () => {
    expect(time({ batch: 64, seqlenQ: 2048 })).toBeGreaterThan(
      3 * time({ batch: 64, seqlenQ: 1024 }),
    )
    expect(time({ batch: 64, seqlenQ: 2048, causal: true })).toBeLessThan(
      time({ batch: 64, seqlenQ: 2048 }),
    )
  })

  it('is larger on a smaller GPU', () => {
    const problem = halfProblem({ batch: 64, seqlenQ: 2048 })
    const small = { ...H200, name: 'a smaller one', multiprocessors: 66 }
    const variant = chooseVariant(problem, small)
    expect(estimate(problem, variant, small)).toMatchObject({ source: 'modelled' })
    expect(estimate(problem, variant, small).microseconds).toBeGreaterThan(
      1.8 * estimate(problem, variant, H200).microseconds,
    )
  })

  it('is finite where there is nothing to do', () => {
    expect(time({ seqlenQ: 0 })).toBeLessThan(10)
    expect(time({ seqlenK: 0 })).toBeLessThan(10)
  })
})
