import type { CudaDevice, CudaStream } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import { graphTimer } from '../src/timer/graph-timer.js'

/** A device whose clock moves by `launchMs` with every launch, and stands still otherwise. */
function fakeDevice(launchMs: number) {
  let clock = 0
  let live = 0
  const order: number[] = []
  let recording: number[] | undefined
  const launch = (set: number): void => {
    if (recording) {
      recording.push(set)
      return
    }
    order.push(set)
    clock += launchMs
  }
  const disposable = <T extends object>(made: T) => {
    live += 1
    const dispose = (): void => {
      live -= 1
    }
    return Object.assign(made, { dispose, [Symbol.dispose]: dispose })
  }
  const createEvent = () => {
    const event = {
      at: Number.NaN,
      record: (): void => {
        event.at = clock
      },
      elapsedMs: (end: { at: number }): number => end.at - event.at,
    }
    return disposable(event)
  }
  const capture = (enqueue: () => void) => {
    const sets: number[] = []
    recording = sets
    enqueue()
    recording = undefined
    return disposable({ launch: () => sets.forEach(launch), sets })
  }
  const device = { createEvent } as unknown as CudaDevice
  const stream = { capture, synchronize: async () => undefined } as unknown as CudaStream
  return { device, stream, launch, order, live: () => live }
}

describe('the timer of graphs', () => {
  it('measures a launch by replays over every set in turn', async () => {
    const { device, stream, launch, order } = fakeDevice(0.25)
    const timer = await graphTimer(device, stream, 3, launch, 50)
    expect(timer.launchMs).toBeCloseTo(0.25, 9)
    order.length = 0
    const samples = await timer.measureBlock()
    expect(samples.length).toBeGreaterThanOrEqual(10)
    for (const sample of samples) expect(sample).toBeCloseTo(0.25, 9)
    expect(order.slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2])
    expect(order.length % 3).toBe(0)
    expect(order.length * 0.25).toBeLessThan(60)
  })

  it('gives everything it made back', async () => {
    const { device, stream, launch, live } = fakeDevice(20)
    const timer = await graphTimer(device, stream, 2, launch, 50)
    await timer.measureBlock()
    expect(live()).toBeGreaterThan(0)
    timer.dispose()
    expect(live()).toBe(0)
  })
})
