import { type DeviceTensor, elementCount, type ProblemOptions, type Stream } from '@attnkit/core'
import type { AppendCache } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import { CacheAppend } from '../src/append.js'
import { FlashPlan } from '../src/plan.js'
import { VARIANTS } from '../src/variants.js'
import { bind, halfProblem, tensorAt } from './fake-tensors.js'
import { type Unpacked, unpackParams } from './unpack-params.js'

const variant = VARIANTS.find(({ name }) => name === 'fa2-sm80-d64-m128n64-f16')!
const stream = { handle: 7n } as Stream

// B 2, N 4, S 100, H 64; 100 new keys after 28 of a buffer of 200 rows.
const GROWING = { seqlenK: 128, past: { seqlen: 28, bufferLength: 200 } } as const
const ROWS = [2, 4, 200, 64]

function cacheAt(pointer: bigint, shape: readonly number[] = ROWS): DeviceTensor {
  return tensorAt(pointer, shape, 'float16')
}

interface Enqueued {
  readonly appends: readonly AppendCache[]
  readonly kernel: Unpacked
  readonly order: readonly string[]
  readonly workspaceBytes: number
}

/** What a plan for a problem enqueues, given its caches. */
function enqueue(
  options: Partial<ProblemOptions>,
  tensors: NonNullable<Parameters<typeof bind>[1]> = {},
): Enqueued {
  const problem = halfProblem(options)
  const appends: AppendCache[] = []
  const order: string[] = []
  const kernels: Unpacked[] = []
  const append = new CacheAppend(problem, (operator, call, on) => {
    order.push(`append ${operator} ${on.handle}`)
    appends.push(call)
  })
  const launch = (operator: string, _index: unknown, params: Uint8Array, on: Stream) => {
    order.push(`kernel ${operator} ${on.handle}`)
    kernels.push(unpackParams(params))
  }
  const plan = new FlashPlan(variant, { launch }, { exactSoftmax: false }, append)
  const { workspaceBytes } = plan
  const workspace = workspaceBytes > 0 ? tensorAt(0x80000n, [workspaceBytes], 'uint8') : null
  plan.enqueue(bind(problem, tensors), workspace, stream)
  return { appends, order, workspaceBytes, kernel: kernels[0]! }
}

describe('a cache in place', () => {
  const [pastKey, pastValue] = [cacheAt(0x10000n), cacheAt(0x20000n)]
  const shared = { pastKey, pastValue, presentKey: pastKey, presentValue: pastValue }

  it('is given the new rows alone, and then attended', () => {
    const { appends, kernel, order, workspaceBytes } = enqueue(
      { ...GROWING, present: true },
      shared,
    )
    expect(order).toEqual(['append problem 7', 'kernel problem 7'])
    expect(workspaceBytes).toBe(0)
    const strides = { batchStride: 51_200, rowStride: 512, headStride: 128, rowBytes: 128 }
    expect(appends).toEqual([
      {
        keys: { present: 0x10000n, past: 0n, rows: 0x2000n, ...strides },
        values: { present: 0x20000n, past: 0n, rows: 0x3000n, ...strides },
        pastSeqlens: 0n,
        batch: 2,
        heads: 4,
        pastSeqlen: 28,
        newRows: 100,
        pastRows: 200,
        presentRows: 200,
      },
    ])
    expect(kernel).toMatchObject({
      'k.pointer': 0x10000n,
      'v.pointer': 0x20000n,
      'k.batch_stride': BigInt(4 * 200 * 128),
      'k.head_stride': BigInt(200 * 128),
      'k.row_stride': 128,
      seqlen_k: 128,
      past_seqlens: 0n,
    })
  })

  it('has a past of its own length for each batch entry', () => {
    const pastSeqlens = tensorAt(0x9000n, [2], 'int32')
    const past = { ...GROWING.past, perBatch: true }
    const tensors = { ...shared, pastSeqlens }
    const { appends, kernel } = enqueue({ ...GROWING, past, present: true }, tensors)
    expect(appends[0]?.pastSeqlens).toBe(0x9000n)
    expect(kernel).toMatchObject({ past_seqlens: 0x9000n, new_keys: 100, seqlen_k: 128 })
  })

  it('may be keys and values in one tensor', () => {
    const both = cacheAt(0x10000n, [2, ...ROWS])
    const stacked = { pastKey: both, pastValue: both, presentKey: both, presentValue: both }
    const { appends, kernel } = enqueue({ ...GROWING, present: true, cacheStacked: true }, stacked)
    const values = 0x10000n + BigInt(elementCount(ROWS) * 2)
    expect(appends[0]).toMatchObject({
      keys: { present: 0x10000n, past: 0n },
      values: { present: values, past: 0n },
    })
    expect(kernel).toMatchObject({ 'k.pointer': 0x10000n, 'v.pointer': values })
  })
})

describe('a cache in another tensor', () => {
  const caches = {
    pastKey: cacheAt(0x10000n, [2, 4, 28, 64]),
    pastValue: cacheAt(0x20000n, [2, 4, 28, 32]),
  }
  const past = { seqlen: 28, bufferLength: null }

  it('is given the past too', () => {
    const [presentKey, presentValue] = [cacheAt(0x30000n), cacheAt(0x40000n)]
    const { appends, kernel } = enqueue(
      { seqlenK: 128, past, present: true, headDimV: 32 },
      { ...caches, presentKey, presentValue },
    )
    expect(appends[0]).toMatchObject({
      keys: { present: 0x30000n, past: 0x10000n, rowBytes: 128 },
      values: { present: 0x40000n, past: 0x20000n, rowBytes: 64 },
      pastRows: 28,
      presentRows: 128,
    })
    expect(kernel).toMatchObject({ 'k.pointer': 0x30000n, 'v.row_stride': 64, head_dim_v: 32 })
  })

  it('is the workspace when nobody asks for it, of room for all lengths of a plan', () => {
    const options = { seqlenK: 125, past: { seqlen: 25, bufferLength: null }, headDimV: 32 }
    const { appends, kernel, workspaceBytes } = enqueue(options, caches)
    expect(workspaceBytes).toBe(2 * 4 * 128 * (64 + 32) * 2)
    const values = 0x80000n + BigInt(2 * 4 * 125 * 64 * 2)
    expect(appends[0]).toMatchObject({
      keys: { present: 0x80000n, past: 0x10000n },
      values: { present: values, past: 0x20000n },
      presentRows: 125,
    })
    expect(kernel).toMatchObject({ 'k.pointer': 0x80000n, 'v.pointer': values })
  })

  it('is not written when there are no new keys: the past is attended where it is', () => {
    const { appends, kernel, workspaceBytes } = enqueue({ seqlenK: 28, past }, caches)
    expect([appends, workspaceBytes]).toEqual([[], 0])
    expect(kernel).toMatchObject({ 'k.pointer': 0x10000n, 'v.pointer': 0x20000n, seqlen_k: 28 })
  })

  it('is given the new keys without a past, which are attended where they are', () => {
    const [presentKey, presentValue] = [cacheAt(0x30000n), cacheAt(0x40000n)]
    const { appends, kernel } = enqueue({ present: true }, { presentKey, presentValue })
    expect(appends[0]).toMatchObject({
      keys: { present: 0x30000n, past: 0n, rows: 0x2000n },
      pastSeqlen: 0,
      newRows: 100,
      presentRows: 100,
    })
    expect(kernel).toMatchObject({ 'k.pointer': 0x2000n, 'v.pointer': 0x3000n })
  })
})

describe('a plan with a cache', () => {
  const [pastKey, pastValue] = [cacheAt(0x10000n), cacheAt(0x20008n)]

  it('refuses one that does not start at a multiple of 16 bytes, before any launch', () => {
    const tensors = { pastKey, pastValue, presentKey: pastKey, presentValue: pastValue }
    const faults = ['pastValue', 'presentValue'].map((role) => {
      return { path: `${role}.pointer`, found: '0x20008', required: 'a multiple of 16 bytes' }
    })
    expect(() => enqueue({ ...GROWING, present: true }, tensors)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ faults }) }),
    )
  })

  it('keeps the results of splits behind the cache in the workspace', () => {
    const past = { seqlen: 25, bufferLength: null }
    const problem = halfProblem({ seqlenQ: 1, seqlenK: 26, past })
    const kernels: Unpacked[] = []
    const launch = (_operator: string, _index: unknown, params: Uint8Array) => {
      kernels.push(unpackParams(params))
    }
    const append = new CacheAppend(problem, () => {})
    const splits = { count: 3, inCluster: false, workspaceBytes: 640 }
    const plan = new FlashPlan(variant, { launch }, { exactSoftmax: false }, append, { splits })
    expect(plan.workspaceBytes).toBe(append.workspaceBytes + 640)
    const workspace = tensorAt(0x80000n, [plan.workspaceBytes], 'uint8')
    const caches = { pastKey, pastValue: cacheAt(0x20000n) }
    plan.enqueue(bind(problem, caches), workspace, stream)
    const partials = 0x80000n + BigInt(append.workspaceBytes)
    expect(kernels).toMatchObject([{ 'k.pointer': 0x80000n, workspace: partials, num_splits: 3 }])
  })

  it('costs little', () => {
    const problem = halfProblem({ ...GROWING, present: true })
    const append = new CacheAppend(problem, () => {})
    const plan = new FlashPlan(variant, { launch: () => {} }, { exactSoftmax: false }, append)
    const presentValue = cacheAt(0x30000n)
    const tensors = { pastKey, pastValue: presentValue, presentKey: pastKey, presentValue }
    const bound = bind(problem, tensors)
    for (let i = 0; i < 20_000; i++) plan.enqueue(bound, null, stream)
    const start = process.hrtime.bigint()
    for (let i = 0; i < 20_000; i++) plan.enqueue(bound, null, stream)
    expect(Number(process.hrtime.bigint() - start) / 1000 / 20_000).toBeLessThan(10)
  })
})
