import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { createAttention, tensor } from 'attnkit'
import { describe, expect, test } from 'vitest'
import { isBuilt } from '../src/machine.js'

const ROUNDS = 40
const WORKER = new URL('../src/churning-worker.mjs', import.meta.url)

/** Starts a worker that calls without pause, and terminates it after `milliseconds` of that. */
async function terminateDuringCall(milliseconds: number): Promise<number> {
  const worker = new Worker(WORKER)
  await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const started = performance.now()
  await worker.terminate()
  return performance.now() - started
}

describe.runIf(isBuilt('cpu'))('threads', () => {
  test(`${ROUNDS} workers are terminated during a call, and the main thread works on`, async () => {
    using attention = await createAttention()
    const query = tensor(new Float32Array(64 * 64).fill(1), [1, 64, 64])
    const inputs = { query, key: query, value: query }
    await terminateDuringCall(5)
    const before = process.memoryUsage.rss()
    const terminations: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const [milliseconds, { output }] = await Promise.all([
        terminateDuringCall((round * 7) % 31),
        attention.multiHeadAttention(inputs, { numHeads: 2 }),
      ])
      terminations.push(milliseconds)
      expect(output.shape).toEqual([1, 64, 64])
    }
    expect(Math.max(...terminations)).toBeLessThan(200)
    expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(100)
  })

  test('the event loop is free while a long call runs', async () => {
    using attention = await createAttention()
    const shape = [1, 4096, 1024]
    const query = tensor(new Float32Array(4096 * 1024).fill(0.01), shape)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const call = attention.multiHeadAttention({ query, key: query, value: query }, { numHeads: 16 })
    delay.enable()
    await call
    delay.disable()
    expect(delay.percentile(99) / 1e6).toBeLessThan(10)
  })
})
