import type { DeviceProperties, ProblemOptions, Stream } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { FLAGS, PARAMS } from '../src/params.js'
import { planFor } from '../src/plan.js'
import { chooseSplits } from '../src/splits.js'
import { TUNINGS, tunedDevice } from '../src/tuning.js'
import { type DecodeVariant, VARIANTS } from '../src/variants.js'
import { bind, halfProblem, tensorAt } from './fake-tensors.js'

const H200 = tunedDevice(TUNINGS.h200!)
const A100: DeviceProperties = {
  ...H200,
  name: 'NVIDIA A100-SXM4-80GB',
  computeCapability: [8, 0],
  multiprocessors: 108,
  sharedMemoryPerBlock: 166_912,
}
const M16 = VARIANTS.find(({ name }) => name === 'decode-sm80-d128-m16n64-f16') as DecodeVariant

/** One query of 32 heads that share 8 heads of keys. */
function decodeProblem(options: Partial<ProblemOptions> = {}) {
  const sizes = { batch: 1, seqlenQ: 1, numHeads: 32, numHeadsKv: 8, headDim: 128 }
  return halfProblem({ ...sizes, seqlenK: 16384, ...options })
}

const split = (options: Partial<ProblemOptions>, device = H200) =>
  chooseSplits(decodeProblem(options), M16, device)

describe('the splits of the keys', () => {
  it.each([
    ['one sequence', { seqlenK: 4096 }, 8],
    ['a few sequences', { batch: 4, seqlenK: 1024 }, 2],
    ['a short one', { seqlenK: 500 }, 8],
  ])('of %s are a cluster where the device has them', (_name, options, count) => {
    expect(split(options)).toMatchObject({ count, inCluster: true, workspaceBytes: 0 })
  })

  // The fastest of all that were timed on an H200.
  it.each([
    ['one long sequence', { seqlenK: 16_384 }, 16],
    ['a longer one', { seqlenK: 65_536 }, 16],
    ['a few long sequences', { batch: 4, seqlenK: 16_384 }, 4],
  ])('of %s are combined by the last of a tile', (_name, options, count) => {
    expect(split(options)).toMatchObject({ count, inCluster: false })
  })

  it('are not made where there are tiles enough', () => {
    for (const device of [H200, A100]) {
      expect(split({ batch: 64, seqlenK: 4096 }, device)).toMatchObject({
        count: 1,
        inCluster: false,
        workspaceBytes: 0,
      })
    }
  })

  it('are combined from a workspace on other devices', () => {
    const { count, inCluster, workspaceBytes } = split({}, A100)
    expect(inCluster).toBe(false)
    // For each of 8 heads, what half of the 108 multiprocessors hold.
    expect(count).toBe(6)
    expect(workspaceBytes).toBe(32 * count * (128 + 1) * 4)
  })

  it('are combined from a workspace where a cluster holds too few', () => {
    const { count, inCluster } = split({ numHeads: 8, numHeadsKv: 1, seqlenK: 65536 })
    expect(inCluster).toBe(false)
    expect(count).toBeGreaterThan(64)
  })

  it('have a step of keys each, if there are any', () => {
    for (const seqlenK of [0, 1, 64, 65, 200, 1000]) {
      const { count } = split({ seqlenK }, A100)
      expect(count).toBeLessThanOrEqual(Math.max(1, Math.ceil(seqlenK / 64)))
      expect(count).toBeGreaterThanOrEqual(1)
    }
  })

  it('are the same for the lengths of a bucket', () => {
    for (const device of [H200, A100]) {
      expect(split({ seqlenK: 57_345, seqlenQ: 9 }, device)).toEqual(
        split({ seqlenK: 65_536, seqlenQ: 10 }, device),
      )
    }
  })

  it('make a call faster, the more so the longer it is', () => {
    const unsplit = (seqlenK: number) => split({ seqlenK, batch: 64 }).microseconds / 64
    expect(split({ seqlenK: 65536 }).microseconds).toBeLessThan(1.2 * unsplit(65536))
    expect(split({ seqlenK: 65536 }).microseconds).toBeGreaterThan(
      2.5 * split({ seqlenK: 16384 }).microseconds,
    )
  })
})

describe('a plan with splits', () => {
  function packed(device: DeviceProperties, options: Partial<ProblemOptions> = {}) {
    const launches: { readonly variant: number | string; readonly params: DataView }[] = []
    const native = {
      launch: (_operator: string, variant: number | string, params: Uint8Array) => {
        launches.push({ variant, params: new DataView(params.slice().buffer) })
      },
    }
    const problem = decodeProblem(options)
    const plan = planFor(problem, device, native, { exactSoftmax: false })
    const workspace =
      plan.workspaceBytes > 0 ? tensorAt(0x9000n, [plan.workspaceBytes], 'uint8') : null
    const asked: number[] = []
    const counters = (count: number) => {
      asked.push(count)
      return tensorAt(0xa000n, [1024], 'int32')
    }
    plan.enqueue(bind(problem), workspace, { handle: 7n, counters } as Partial<Stream> as Stream)
    const { variant, params } = launches[0]!
    const { offsets } = PARAMS
    return {
      plan,
      launches: launches.length,
      kernel: VARIANTS[Number(variant)]?.name,
      splits: params.getInt32(offsets.num_splits, true),
      workspace: params.getBigUint64(offsets.workspace, true),
      counters: params.getBigUint64(offsets.counters, true),
      asked,
      isInCluster: (params.getInt32(offsets.flags, true) & FLAGS.splitsInCluster) !== 0,
    }
  }

  it('tells the kernel of its workspace, and of a counter for each tile', () => {
    const { plan, ...launched } = packed(A100)
    expect(plan.workspaceBytes).toBe(32 * launched.splits * 129 * 4)
    expect(launched).toEqual({
      launches: 1,
      kernel: M16.name,
      splits: split({}, A100).count,
      workspace: 0x9000n,
      counters: 0xa000n,
      asked: [8],
      isInCluster: false,
    })
  })

  it('needs none in a cluster', () => {
    const { plan, ...launched } = packed(H200, { seqlenK: 4096 })
    expect(plan).toMatchObject({ variant: M16.name, workspaceBytes: 0 })
    expect(launched).toEqual({
      launches: 1,
      kernel: M16.name,
      splits: 8,
      workspace: 0n,
      counters: 0n,
      asked: [],
      isInCluster: true,
    })
  })
})
