import { monitorEventLoopDelay } from 'node:perf_hooks'
import { HOST } from '@attnkit/core'
import { expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { inHostTensors, randomCall, slowCall } from './support/random-call.js'

const backend = cpu({ threads: 2 })

describeNative('the event loop', () => {
  it('waits less than 10 ms (p99) while a call of two seconds runs', async () => {
    const probe = inHostTensors(slowCall(20))
    const first = performance.now()
    await backend.plan(probe.problem, HOST).execute(probe, 2)
    const bound = inHostTensors(slowCall((20 * 2000) / (performance.now() - first)))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const start = performance.now()
    await backend.plan(bound.problem, HOST).execute(bound, 2)
    const took = performance.now() - start
    delay.disable()
    expect(took).toBeGreaterThan(1000)
    expect(delay.percentile(99) / 1e6).toBeLessThan(10)
  })

  it('lets short calls through while a long one runs', async () => {
    const long = inHostTensors(slowCall(20))
    const short = randomCall({ batch: 1, seqlenQ: 8, numHeads: 2, headDim: 16 })
    const order: string[] = []
    const all = [
      backend
        .plan(long.problem, HOST)
        .execute(long, 2)
        .then(() => order.push('long')),
      backend
        .plan(short.problem, HOST)
        .execute(short, 2)
        .then(() => order.push('short')),
    ]
    await Promise.all(all)
    expect(order).toEqual(['short', 'long'])
  })
})
