import type { CudaDevice } from '../cuda-device.js'

/** One thing that has to hold on a real device. `run` throws when it does not. */
export interface DeviceCheck {
  readonly name: string
  /** Returns what is worth telling: a time, a number. */
  run(device: CudaDevice): Promise<string | undefined> | Promise<void>
}

/** Throws when `condition` does not hold. */
export function expect(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Error(message())
}

/** Throws when the arrays differ, naming the first element that does. */
export function expectEqual(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length === expected.length, () => {
    return `${actual.length} elements instead of ${expected.length}`
  })
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) {
      throw new Error(`element ${i} is ${actual[i]} instead of ${expected[i]}`)
    }
  }
}

/** Throws when `run` does not fail with an error of this code. */
export async function expectError(code: string, run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    const found = (error as { code?: unknown }).code
    if (found === code) return (error as Error).message
    throw new Error(`failed with ${String(found)} instead of ${code}`, { cause: error })
  }
  throw new Error(`did not fail, ${code} was expected`)
}

const PATIENCE_MS = 3000

/**
 * Waits until the pool of `device` has at most `bytes` in use: the driver notices some time after a
 * stream has passed it that memory was freed.
 */
export async function expectPoolUsed(device: CudaDevice, bytes: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    await device.synchronize()
    const used = device.memory().poolUsed
    if (used <= bytes) return
    expect(performance.now() < deadline, () => {
      return `the pool has ${used} instead of ${bytes} bytes in use`
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** 0, 1, 2, … that begin anew before float32 becomes inexact. */
export function counting(count: number, first = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => (first + i) % 0x100_0000)
}
