import type { Stream } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { CacheAppend } from '../src/append.js'
import { FLAGS, PARAMS } from '../src/params.js'
import { FlashPlan } from '../src/plan.js'
import { VARIANTS } from '../src/variants.js'
import { bind, halfProblem, tensorAt } from './fake-tensors.js'

type Launch = readonly [operator: string, variant: number | string, stream: bigint, flags: number]

const variant = VARIANTS.find(({ name }) => name === 'fa2-sm80-d64-m128n64-f16')!
const stream = { handle: 7n } as Stream

function planned({ exactSoftmax = false, counters = 0 } = {}) {
  const launches: Launch[] = []
  const addresses: bigint[] = []
  const native = {
    launch: (operator: string, number: number | string, params: Uint8Array, on: Stream) => {
      const view = new DataView(params.buffer)
      const flags = view.getInt32(PARAMS.offsets.flags, true)
      addresses.push(view.getBigUint64(PARAMS.offsets.counters, true))
      launches.push([operator, number, on.handle, flags])
    },
  }
  const append = new CacheAppend(halfProblem())
  const plan = new FlashPlan(variant, native, { exactSoftmax }, append, { counters })
  return { plan, launches, addresses }
}

describe('a plan', () => {
  it('launches its kernel on the stream', () => {
    const { plan, launches } = planned()
    expect(plan).toMatchObject({ variant: variant.name, workspaceBytes: 0 })
    plan.enqueue(bind(halfProblem()), null, stream)
    expect(launches).toEqual([['problem', variant.index, 7n, 0]])
  })

  it('launches it as the options say', () => {
    const { plan, launches } = planned({ exactSoftmax: true })
    plan.enqueue(bind(halfProblem()), null, stream)
    expect(launches).toEqual([['problem', variant.index, 7n, FLAGS.exactSoftmax]])
  })

  it('asks the stream for its counters at each call', () => {
    const { plan, addresses } = planned({ counters: 3 })
    let pointer = 0x9000n
    const counters = (count: number) => tensorAt(pointer, [count], 'int32')
    const counting = { handle: 7n, counters } as Partial<Stream> as Stream
    plan.enqueue(bind(halfProblem()), null, counting)
    pointer = 0xa000n
    plan.enqueue(bind(halfProblem()), null, counting)
    expect(addresses).toEqual([0x9000n, 0xa000n])
    expect(plan).toMatchObject({ counters: 3, workspaceBytes: 0 })
  })

  it('launches nothing when there is no memory for its counters', () => {
    const { plan, launches } = planned({ counters: 3 })
    const counters = () => {
      throw new Error('no memory')
    }
    const full = { handle: 7n, counters } as Partial<Stream> as Stream
    expect(() => plan.enqueue(bind(halfProblem()), null, full)).toThrow('no memory')
    expect(launches).toEqual([])
  })

  it('refuses memory that does not start at a multiple of 16 bytes, before any launch', () => {
    const { plan, launches } = planned()
    const k = tensorAt(0x2008n, [2, 100, 4, 64], 'float16')
    const run = () => plan.enqueue(bind(halfProblem(), { k }), null, stream)
    expect(run).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        details: expect.objectContaining({
          faults: [{ path: 'k.pointer', found: '0x2008', required: 'a multiple of 16 bytes' }],
        }),
      }),
    )
    expect(launches).toEqual([])
  })

  it('costs little', () => {
    const { plan } = planned()
    const bound = bind(halfProblem())
    for (let i = 0; i < 20_000; i++) plan.enqueue(bound, null, stream)
    const start = process.hrtime.bigint()
    for (let i = 0; i < 20_000; i++) plan.enqueue(bound, null, stream)
    const microseconds = Number(process.hrtime.bigint() - start) / 1000 / 20_000
    expect(microseconds).toBeLessThan(10)
  })
})
