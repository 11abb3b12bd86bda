import type { ProblemOptions } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { chooseVariant } from '../src/choose-variant.js'
import { tileCounterBytes } from '../src/tile-counter.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import type { TileVariant } from '../src/variants.js'
import { halfProblem } from './fake-tensors.js'

const H200 = tunedDevice(TUNINGS.h200!)
const A100 = tunedDevice(TUNINGS.a100!)

function bytes(options: Partial<ProblemOptions>, device = H200): number {
  const problem = halfProblem({ batch: 4, numHeads: 16, headDim: 64, seqlenQ: 2048, ...options })
  return tileCounterBytes(problem, chooseVariant(problem, device) as TileVariant, device)
}

describe('the counter of tiles', () => {
  it.each<[string, Partial<ProblemOptions>]>([
    ['causal', { causal: true }],
    ['in a window', { windowLeft: 100, windowRight: 0 }],
    ['of several lengths', { mask: { kind: 'lengths' } }],
    ['of keys counted on the device', { keyLengths: 'per-batch' }],
  ])('is there for tiles that are %s', (_name, options) => {
    expect(bytes(options)).toBe(4)
  })

  it('is not needed for tiles of one length', () => {
    expect(bytes({})).toBe(0)
  })

  it('is not needed where every thread block has one tile at most', () => {
    expect(bytes({ batch: 1, numHeads: 2, causal: true })).toBe(0)
  })

  it('is of the Hopper kernels alone', () => {
    expect(bytes({ causal: true }, A100)).toBe(0)
  })
})
