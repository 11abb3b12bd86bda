import { disposed } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { forget } from '../memory/finaliser.js'
import { check } from '../native/native-status.js'
import type { CudaStream } from './cuda-stream.js'

/** A point in a stream's work. Made by {@link CudaDevice.createEvent}. */
export class CudaEvent implements Disposable {
  readonly device: CudaDevice
  readonly #handle: bigint
  #disposed = false

  constructor(device: CudaDevice, handle: bigint) {
    this.device = device
    this.#handle = handle
  }

  /** `cudaEvent_t` as an integer. Throws `disposed` after `dispose()`. */
  get handle(): bigint {
    if (this.#disposed) throw disposed('handle', 'the event')
    return this.#handle
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /** Marks what `stream` has been given so far; forgets what was marked before. */
  record(stream: CudaStream = this.device.defaultStream): void {
    const { native, index } = this.device
    check('event.record', native.addon.recordEvent(index, this.handle, stream.handle))
  }

  /** Whether the marked work has run; true as well when nothing was marked. */
  get happened(): boolean {
    const { native, index } = this.device
    return native.result('event.happened', native.addon.queryEvent(index, this.handle)) === 1n
  }

  /** Resolves when the marked work has run. */
  async synchronize(): Promise<void> {
    using stream = this.device.createStream()
    stream.wait(this)
    await stream.synchronize()
  }

  /**
   * Milliseconds on the device from this event to `end`, with a resolution of about half a
   * microsecond. Both have to have happened: `invalid-argument` otherwise.
   */
  elapsedMs(end: CudaEvent): number {
    const { native, index } = this.device
    return native.double('event.elapsedMs', native.addon.elapsed(index, this.handle, end.handle))
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    forget(this)
    this.device.native.addon.destroyEvent(this.device.index, this.#handle)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
