import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { DeviceProperties } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { capabilities } from '../src/capabilities.js'
import { chooseVariant } from '../src/choose-variant.js'
import { estimate } from '../src/estimate.js'
import { supports } from '../src/supports.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import { VARIANTS, variantsFor } from '../src/variants.js'
import { halfProblem } from './fake-tensors.js'

const PACKAGE = join(import.meta.dirname, '..')
const H200 = tunedDevice(TUNINGS.h200!)
const A100 = tunedDevice(TUNINGS.a100!)

/** A GPU of which no more is known. */
function unknown(major: number, minor: number): DeviceProperties {
  return { type: 'cuda', index: 0, name: 'a GPU', computeCapability: [major, minor] }
}

describe('the table of kernels', () => {
  it.each([
    ['is what the native part is generated from', 'generate-variants.mjs'],
    ['has the times of the committed measurements', 'tuning-measurements.mjs'],
    ['is what the models of other GPUs are scaled from', 'model-tuning.mjs'],
  ])('%s', (_, name) => {
    const script = join(PACKAGE, 'scripts', name)
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('numbers each kernel once', () => {
    expect(VARIANTS.map(({ index }) => index)).toEqual(VARIANTS.map((_, i) => i))
    expect(new Set(VARIANTS.map(({ name }) => name)).size).toBe(VARIANTS.length)
    expect(VARIANTS.map(({ name }) => name)).toContain('fa2-sm80-d64-m128n64-f16')
  })

  it('is shown in the capabilities', () => {
    const shown = capabilities.variants?.find(({ name }) => name === 'fa2-sm80-d64-m128n64-f16')
    expect(shown?.serves).toBe('head dims 56 to 64, 128 queries × 64 keys, sm_80 and newer')
    const hopper = capabilities.variants?.find(({ name }) =>
      name.startsWith('hopper-sm90a-d64-m192'),
    )
    expect(hopper?.serves).toBe('head dims 48 to 64, 192 queries × 128 keys, sm_90a')
    const few = capabilities.variants?.find(({ name }) => name === 'decode-sm80-d80-m16n64-f16')
    expect(few?.serves).toBe(
      'head dims 72 to 80, 16 queries of heads that share keys × 64 keys, sm_80 and newer',
    )
    expect(Object.keys(capabilities.tunedDevices ?? {})).toEqual(['a100', 'h200'])
  })

  it('names a kernel by its family, head dim and tile', () => {
    for (const { name, family, head_dim, block_m, block_n, dtype } of VARIANTS) {
      const tile = `${family}-d${head_dim}-m${block_m}n${block_n}`
      const suffix = dtype === 'float16' ? 'f16' : 'bf16'
      expect(name).toMatch(new RegExp(`^${tile}(-[a-z0-9]+)?-${suffix}$`))
    }
  })

  it('gives every kernel the members of its family', () => {
    const MEMBERS = ['name', 'family', 'head_dim', 'block_n', 'stages']
    const OWN = {
      'fa2-sm80': ['warps', 'warp_m', 'min_blocks', 'queries_in_registers', 'tflops'],
      'hopper-sm90a': [
        'consumers',
        'query_stages',
        'swizzle_bytes',
        'ping_pong',
        'sums_by_product',
        'polynomial_of_16',
        'tflops',
      ],
      'decode-sm80': ['warps', 'block_m', 'min_blocks', 'queries_in_registers', 'block_gbps'],
    }
    for (const variant of TUNINGS.h200!.variants) {
      const { up_to_seqlen_k: _, measured: __, ...own } = variant
      const { causal_tflops: ___, ...kernel } = { causal_tflops: 0, ...own }
      expect(Object.keys(kernel).sort()).toEqual([...MEMBERS, ...OWN[kernel.family]].sort())
    }
  })

  it.each([
    ['the H200', H200, 232_448],
    ['a Hopper GPU of which nothing is known', unknown(9, 0), 232_448],
    ['an A100', A100, 166_912],
    [
      'a GPU with little shared memory',
      { ...unknown(8, 6), sharedMemoryPerBlock: 101_376 },
      101_376,
    ],
    ['a GPU of which nothing is known', unknown(8, 9), 101_376],
  ])('has a kernel for every head dim on %s', (_name, device, bytes) => {
    for (let headDim = 8; headDim <= 256; headDim += 8) {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const [first] = variantsFor(halfProblem({ headDim, dtype }), device)
        expect(first?.head_dim).toBeGreaterThanOrEqual(headDim)
        expect(first?.sharedMemory).toBeLessThanOrEqual(bytes)
      }
    }
  })
})

describe('the choice of a kernel', () => {
  it.each([
    ['the H200', H200, 'hopper-sm90a-d40-m256n64-f16'],
    ['another GPU of 9.0', unknown(9, 0), 'hopper-sm90a-d40-m256n64-f16'],
    ['an A100', A100, 'fa2-sm80-d48-m128n64-f16'],
    ['sm_89', unknown(8, 9), 'fa2-sm80-d48-m128n64-f16'],
    ['sm_100', unknown(10, 0), 'fa2-sm80-d48-m128n64-f16'],
    ['sm_120', unknown(12, 0), 'fa2-sm80-d48-m128n64-f16'],
  ])('is of the family that %s runs', (_name, device, name) => {
    const problem = halfProblem({ batch: 1, seqlenQ: 4096, numHeads: 8, headDim: 40 })
    expect(chooseVariant(problem, device).name).toBe(name)
  })

  // The rows of the seed where tiles that do not come out even decide.
  it.each([
    ['d16-m192n128-p3', { batch: 4, numHeads: 128, headDim: 16, seqlenQ: 4096 }],
    ['d16-m192n128', { batch: 4, numHeads: 128, headDim: 16, seqlenQ: 4096, softmaxLse: true }],
    ['d32-m256n64-sums', { batch: 16, numHeads: 64, headDim: 32, seqlenQ: 1024 }],
    ['d32-m192n128-p2', { batch: 8, numHeads: 64, headDim: 32, seqlenQ: 2048 }],
    ['d64-m128n128-sums', { batch: 128, numHeads: 12, headDim: 64, seqlenQ: 128 }],
    ['d64-m192n128-sums', { batch: 128, numHeads: 12, headDim: 64, seqlenQ: 384 }],
    ['d64-m192n128-sums', { batch: 64, numHeads: 12, headDim: 64, seqlenQ: 384 }],
    ['d64-m192n128-sums', { batch: 128, numHeads: 12, headDim: 64, seqlenQ: 512 }],
    ['d64-m192n128-sums', { batch: 64, numHeads: 12, headDim: 64, seqlenQ: 512 }],
    ['d64-m192n128-sums', { batch: 8, numHeads: 32, headDim: 64, seqlenQ: 2048, causal: true }],
    ['d64-m192n128-sums', { batch: 4, numHeads: 32, headDim: 64, seqlenQ: 4096, causal: true }],
    ['d64-m192n128-sums', { batch: 1, numHeads: 32, headDim: 64, seqlenQ: 16384, causal: true }],
    ['d64-m192n128', { batch: 64, numHeads: 12, headDim: 64, seqlenQ: 512, softmaxLse: true }],
    ['d160-m128n128', { batch: 1, numHeads: 8, headDim: 160, seqlenQ: 4096 }],
  ])('on the H200 is %s for %o', (tile, options) => {
    expect(chooseVariant(halfProblem(options), H200).name).toBe(`hopper-sm90a-${tile}-f16`)
  })

  it.each([
    [128, A100, 'fa2-sm80-d64-m128n32-f16'],
    [129, A100, 'fa2-sm80-d64-m128n64-f16'],
    [128, H200, 'hopper-sm90a-d64-m128n128-sums-f16'],
    [129, H200, 'hopper-sm90a-d64-m192n128-sums-f16'],
  ])('goes by the keys: %i', (seqlenK, device, name) => {
    expect(chooseVariant(halfProblem({ seqlenQ: 128, seqlenK }), device).name).toBe(name)
  })

  const decode = { batch: 1, seqlenQ: 1, seqlenK: 4096, numHeads: 32, numHeadsKv: 8, headDim: 128 }

  it.each([
    ['one query', H200, {}, 'd128-m16n64'],
    ['one query on an A100', A100, {}, 'd128-m16n64'],
    ['one query of each of many sequences', H200, { batch: 64 }, 'd128-m16n64'],
    ['heads that fill more than a tile of rows', H200, { seqlenQ: 8 }, 'd128-m32n64'],
    ['a window', H200, { windowLeft: 500, causal: true, causalOffset: 4095 }, 'd128-m16n64'],
    ['a head dim between two', H200, { headDim: 72 }, 'd80-m16n64'],
  ])('is one for few queries with %s', (_name, device, options, tile) => {
    const problem = halfProblem({ ...decode, ...options })
    expect(chooseVariant(problem, device).name).toBe(`decode-sm80-${tile}-f16`)
    expect(supports(problem, device)).toEqual({ reasons: [], notes: [] })
  })

  it.each([
    ['more queries than fit', { seqlenQ: 32 }],
    ['as many queries as keys', { seqlenQ: 1024, seqlenK: 1024 }],
  ])('is one for many queries with %s', (_name, options) => {
    const problem = halfProblem({ ...decode, ...options })
    expect(chooseVariant(problem, H200).family).toBe('hopper-sm90a')
    expect(chooseVariant(problem, A100).family).toBe('fa2-sm80')
  })

  it('takes the next head dim and the dtype', () => {
    const name = (headDim: number, dtype: 'float16' | 'bfloat16', device = H200) =>
      chooseVariant(halfProblem({ headDim, dtype }), device).name
    expect(name(48, 'float16')).toMatch(/^hopper-sm90a-d64-.*-f16$/)
    expect(name(256, 'bfloat16')).toMatch(/^hopper-sm90a-d256-.*-bf16$/)
    expect(name(56, 'bfloat16', A100)).toMatch(/^fa2-sm80-d64-.*-bf16$/)
  })

  it.each([
    [192, 128, 192],
    [128, 64, 128],
    [64, 128, 128],
    [40, 72, 80],
  ])('holds both head dims, %i of Q and %i of V', (headDim, headDimV, held) => {
    for (const device of [H200, A100]) {
      expect(chooseVariant(halfProblem({ headDim, headDimV }), device).head_dim).toBe(held)
    }
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

  it('is what was measured of the kernel itself, on the same device', () => {
    const [one] = TUNINGS.h200!.measurements
    const { batch, seqlen: seqlenQ, num_heads: numHeads, head_dim: headDim, causal } = one!
    const problem = halfProblem({ batch, seqlenQ, numHeads, headDim, causal })
    const measured = VARIANTS.find(({ name }) => name === one!.variant)!
    const another = VARIANTS.find(
      ({ head_dim, name }) => head_dim === headDim && name !== one!.variant,
    )!
    expect(estimate(problem, measured, H200)).toEqual({ microseconds: one!.us, source: 'measured' })
    expect(estimate(problem, another, H200).source).toBe('modelled')
    for (const other of [
      { headDimV: 8 },
      { keyLengths: 'per-batch' },
      { present: true },
    ] as const) {
      expect(estimate({ ...problem, ...other }, measured, H200).source).toBe('modelled')
    }
    expect(estimate(problem, measured, A100).source).toBe('modelled')
  })

  it('is finite where there is nothing to do', () => {
    expect(time({ seqlenQ: 0 })).toBeLessThan(10)
    expect(time({ seqlenK: 0 })).toBeLessThan(10)
  })
})
