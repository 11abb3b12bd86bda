import { median } from './statistics.js'

/** Calls in a row before the device is waited for: few enough that its queue never fills. */
const ROUND = 64
const MIN_CALLS = 16
const MAX_CALLS = 4 * ROUND
/** The device may work on what is enqueued about so long. */
const BUDGET_MS = 250

/**
 * Median microseconds of `call`, which only enqueues work that takes the device about `launchMs`
 * milliseconds. `synchronize` waits for the device.
 */
export async function medianCallTime(
  call: (index: number) => void,
  launchMs: number,
  synchronize: () => Promise<void>,
): Promise<number> {
  const calls = Math.min(MAX_CALLS, Math.max(MIN_CALLS, Math.floor(BUDGET_MS / launchMs)))
  const samples: number[] = []
  while (samples.length < calls) {
    for (let i = Math.min(ROUND, calls - samples.length); i > 0; i--) {
      const before = performance.now()
      call(samples.length)
      samples.push((performance.now() - before) * 1000)
    }
    await synchronize()
  }
  return median(samples)
}
