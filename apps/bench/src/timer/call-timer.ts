import { median } from './statistics.js'

/** Calls in a row before the device is waited for: few enough that its queue never fills. */
const ROUND = 64
const MIN_CALLS = 16
const MAX_CALLS = 4 * ROUND
/** The device may work on what is enqueued about so long. */
const BUDGET_MS = 250
/** Calls that are not counted: until then JavaScript is still being compiled. */
const WARM_UP_CALLS = 16 * ROUND

/**
 * Median microseconds of `call`, which only enqueues work that takes the device about `launchMs`
 * milliseconds. `synchronize` waits for the device.
 */
export async function medianCallTime(
  call: (index: number) => void,
  launchMs: number,
  synchronize: () => Promise<void>,
): Promise<number> {
  const affordable = Math.max(MIN_CALLS, Math.floor(BUDGET_MS / launchMs))
  await timeCalls(call, Math.min(WARM_UP_CALLS, affordable), synchronize)
  return median(await timeCalls(call, Math.min(MAX_CALLS, affordable), synchronize))
}

async function timeCalls(
  call: (index: number) => void,
  calls: number,
  synchronize: () => Promise<void>,
): Promise<number[]> {
  const samples: number[] = []
  while (samples.length < calls) {
    for (let i = Math.min(ROUND, calls - samples.length); i > 0; i--) {
      const before = performance.now()
      call(samples.length)
      samples.push((performance.now() - before) * 1000)
    }
    await synchronize()
  }
  return samples
}
