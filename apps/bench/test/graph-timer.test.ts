import { describe, expect, it } from 'vitest'
import { graphTimer } from '../src/timer/graph-timer.js'
import { fakeDevice } from './fake-device.js'

/** A device on which every launch takes `launchMs`, and the sets that were launched. */
function launcher(launchMs: number) {
  const fake = fakeDevice()
  const order: number[] = []
  const launch = (set: number): void =>
    fake.enqueue(() => {
      order.push(set)
      fake.advance(launchMs)
    })
  return { fake, order, launch, stream: fake.device.createStream() }
}

describe('the timer of graphs', () => {
  it('measures a launch by replays over every set in turn', async () => {
    const { fake, stream, launch, order } = launcher(0.25)
    const timer = await graphTimer(fake.device, stream, 3, launch, 50)
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
    const { fake, stream, launch } = launcher(20)
    const before = fake.live()
    const timer = await graphTimer(fake.device, stream, 2, launch, 50)
    await timer.measureBlock()
    expect(fake.live()).toBeGreaterThan(before)
    timer.dispose()
    expect(fake.live()).toBe(before)
  })
})
