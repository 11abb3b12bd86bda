import { setImmediate } from 'node:timers/promises'

const SLICE_MS = 3

/** Cuts long work into slices of a few milliseconds, with the event loop running in between. */
export class Pacer {
  #sliceEnd = performance.now() + SLICE_MS

  /** Whether the slice is used up, so that the caller should `await rest()`. */
  get due(): boolean {
    return performance.now() >= this.#sliceEnd
  }

  async rest(): Promise<void> {
    await setImmediate()
    this.#sliceEnd = performance.now() + SLICE_MS
  }
}
