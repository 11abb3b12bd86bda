import type { ProblemOptions } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { chooseVariant } from '../src/choose-variant.js'
import { UNSPLIT } from '../src/splits.js'
import { tileCounters } from '../src/tile-counters.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import { VARIANTS } from '../src/variants.js'
import { halfProblem } from './fake-tensors.js'

const H200 = tunedDevice(TUNINGS.h200!)
const A100 = tunedDevice(TUNINGS.a100!)
const M16 = VARIANTS.find(({ name }) => name === 'decode-sm80-d128-m16n64-f16')!

describe('the counter of tiles', () => {
  function counters(options: Partial<ProblemOptions>, device = H200): number {
    const problem = halfProblem({ batch: 4, numHeads: 16, headDim: 64, seqlenQ: 2048, ...options })
    return tileCounters(problem, chooseVariant(problem, device), UNSPLIT, device)
  }

  it.each<[string, Partial<ProblemOptions>]>([
    ['causal', { causal: true }],
    ['in a window', { windowLeft: 100, windowRight: 0 }],
    ['of several lengths', { mask: { kind: 'lengths' } }],
    ['of keys counted on the device', { keyLengths: 'per-batch' }],
  ])('is there for tiles that are %s', (_name, options) => {
    expect(counters(options)).toBe(1)
  })

  it('is not needed for tiles of one length', () => {
    expect(counters({})).toBe(0)
  })

  it('is not needed where every thread block has one tile at most', () => {
    expect(counters({ batch: 1, numHeads: 2, causal: true })).toBe(0)
  })

  it('is of the Hopper kernels alone', () => {
    expect(counters({ causal: true }, A100)).toBe(0)
  })
})

describe('the counters of splits', () => {
  const combined = { count: 9, inCluster: false, workspaceBytes: 4096 }

  /** Of 12 heads that share 2 heads of keys. */
  function counters(options: Partial<ProblemOptions>, splits = combined): number {
    const sizes = { batch: 3, numHeads: 12, numHeadsKv: 2, headDim: 128, seqlenK: 8192 }
    return tileCounters(halfProblem({ ...sizes, seqlenQ: 1, ...options }), M16, splits, H200)
  }

  it('are one for each tile', () => {
    expect(counters({})).toBe(3 * 2)
    expect(counters({ seqlenQ: 4 })).toBe(3 * 2 * 2)
  })

  it('are enough for all lengths of a plan', () => {
    // 10 rows of 6 heads, as the bucket has them, are four tiles of 16.
    expect(counters({ seqlenQ: 9 })).toBe(counters({ seqlenQ: 10 }))
    expect(counters({ seqlenQ: 9 })).toBe(3 * 2 * 4)
  })

  it('are not needed in a cluster, or for one', () => {
    expect(counters({}, { ...combined, inCluster: true, workspaceBytes: 0 })).toBe(0)
    expect(counters({}, UNSPLIT)).toBe(0)
  })
})
