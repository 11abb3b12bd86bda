import { type DeviceTensor, disposed, type Stream } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationKey, type CudaTensor } from '../memory/cuda-tensor.js'
import { allocationOf } from '../memory/device-argument.js'
import { forget } from '../memory/finaliser.js'
import { check } from '../native/native-status.js'
import type { CudaEvent } from './cuda-event.js'
import { type CudaGraph, captureGraph } from './cuda-graph.js'
import { StreamCounters } from './stream-counters.js'

/** How a stream came to be: `created` streams are destroyed by us, the others never. */
export type StreamOrigin = 'created' | 'default' | 'external'

/** Work on a device that runs in order. Made by {@link CudaDevice}. */
export class CudaStream implements Stream, Disposable {
  readonly device: CudaDevice
  readonly origin: StreamOrigin
  readonly #handle: bigint
  /** Kept alive as long as this is. */
  readonly owner: unknown
  /** Freed with the stream. @internal */
  readonly ownCounters = new StreamCounters()
  /** What had been enqueued when it was disposed: what is freed later waits for this. */
  #last: CudaEvent | undefined

  constructor(device: CudaDevice, handle: bigint, origin: StreamOrigin, owner?: unknown) {
    this.device = device
    this.origin = origin
    this.#handle = handle
    this.owner = owner
  }

  /** `cudaStream_t` as an integer. Throws `disposed` after `dispose()`. */
  get handle(): bigint {
    if (this.#last !== undefined) throw disposed('handle', 'the stream')
    return this.#handle
  }

  get disposed(): boolean {
    return this.#last !== undefined
  }

  /** Resolves when everything enqueued before this call has run. */
  async synchronize(): Promise<void> {
    this.device.refuseInCapture('stream.synchronize')
    const { native, index } = this.device
    await native.completion('stream.synchronize', native.addon.notify(index, this.handle))
  }

  /**
   * Notes that the work just enqueued reads or writes `tensors`, so that none of their memory is
   * reused before that work has run. Well under a microsecond for a few tensors.
   */
  use(...tensors: readonly DeviceTensor[]): void {
    const { capture } = this.device
    for (const tensor of tensors) {
      const allocation = (tensor as CudaTensor)[allocationKey]
      if (allocation === undefined || allocation.disposed) {
        allocationOf('stream.use', 'tensor', tensor)
      }
      allocation.usedOn(this)
      capture?.tensors.add(tensor as CudaTensor)
    }
  }

  /**
   * At least `count` counters that stay with the stream, zeros as long as each kernel that counts in them
   * leaves them so; well under a microsecond after the first time. While a capture is going on they are
   * the graph's, which may be launched on other streams at the same time, and each launch begins with zeros.
   * Ask anew for each launch, and do not dispose of them.
   */
  counters(count: number): CudaTensor<'int32'> {
    const { capture } = this.device
    const counters = capture === undefined ? this.ownCounters : capture.countersOf(this)
    return counters.atLeast(count, this)
  }

  /** Marks this point of the stream; `event` is used again when given. */
  record(event: CudaEvent = this.device.createEvent()): CudaEvent {
    event.record(this)
    return event
  }

  /** What is enqueued from now on waits for `event`; the caller does not. */
  wait(event: CudaEvent): void {
    const { native, index } = this.device
    check('stream.wait', native.addon.waitEvent(index, event.handle, this.handle))
  }

  /** What is enqueued from now on waits for what `other` has been given so far. */
  waitFor(other: CudaStream): void {
    if (other === this) return
    if (other.#last !== undefined) {
      this.wait(other.#last)
      return
    }
    const { native, index } = this.device
    check('stream.waitFor', native.addon.join(index, other.#handle, this.handle))
  }

  /**
   * Records what `enqueue` puts on this stream, without running it, as a graph that can be launched
   * again and again. `enqueue` must be synchronous, and should have run once before: kernels are loaded
   * at their first launch. Memory allocated in it belongs to the graph, or to
   * its tensors where they are not disposed in it.
   */
  capture(enqueue: () => void): CudaGraph {
    return captureGraph(this, enqueue)
  }

  /**
   * Gives the stream up; work that was enqueued still runs. For a stream of another library, call it
   * before that library destroys the stream. Nothing happens to the device's default stream.
   */
  dispose(): void {
    if (this.origin === 'default' || this.#last !== undefined) return
    this.device.refuseInCapture('stream.dispose')
    this.ownCounters.free()
    const last = this.device.createEvent({ timing: false })
    last.record(this)
    this.#last = last
    forget(this)
    if (this.origin === 'created') {
      this.device.native.addon.destroyStream(this.device.index, this.#handle)
    }
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
