import { AttentionError, shapeText } from '@attnkit/core'
import type { NativeRuntime } from '../native/native-runtime.js'
import type { NativeStatus } from '../native/native-status.js'
import type { Allocation } from './allocation.js'
import { bytesText } from './bytes-text.js'

const SHOWN = 5

/** The memory of one device that this environment holds. */
export class LiveMemory {
  readonly #native: NativeRuntime
  readonly #device: number
  readonly #allocations = new Set<Allocation>()
  #bytes = 0
  #unreported = 0
  #reporting = false

  constructor(native: NativeRuntime, device: number) {
    this.#native = native
    this.#device = device
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#allocations.size
  }

  add(allocation: Allocation): void {
    this.#allocations.add(allocation)
    this.#change(allocation.contents.bytes)
  }

  remove(allocation: Allocation): void {
    if (this.#allocations.delete(allocation)) this.#change(-allocation.contents.bytes)
  }

  /**
   * The garbage collector hears of the bytes once a turn of the event loop: memory that is freed in the
   * turn that allocated it, like a workspace, must not make it run.
   */
  #change(bytes: number): void {
    this.#bytes += bytes
    this.#unreported += bytes
    if (this.#reporting) return
    this.#reporting = true
    setImmediate(() => {
      this.#reporting = false
      this.#native.addon.reportMemory(this.#unreported)
      this.#unreported = 0
    }).unref()
  }

  #largest(): Allocation[] {
    const all = [...this.#allocations]
    return all.sort((a, b) => b.contents.bytes - a.contents.bytes).slice(0, SHOWN)
  }

  #freeBytes(): number | undefined {
    return this.#native.addon.memoryInfo(this.#device) ? undefined : this.#native.number(0)
  }

  /** The error for `bytes` that could not be allocated: what is live, and the largest of it. */
  outOfMemory(operator: string, bytes: number, status: NativeStatus): AttentionError {
    const largest = this.#largest().map(({ contents }) => contents)
    const free = this.#freeBytes()
    const list = largest.map((c) => `${c.dtype} ${shapeText(c.shape)} ${bytesText(c.bytes)}`)
    const message =
      `${operator}: cannot allocate ${bytesText(bytes)} on cuda:${this.#device}` +
      `${free === undefined ? '' : `, where ${bytesText(free)} are free`}. ` +
      `${bytesText(this.#bytes)} are live in ${this.count} tensors` +
      `${list.length === 0 ? '' : `; the largest: ${list.join(', ')}`}. ` +
      'Dispose tensors that are not needed, or use smaller ones.'
    return new AttentionError('out-of-memory', message, {
      operator,
      cudaError: status.cudaError,
      bytes,
      freeBytes: free,
      liveBytes: this.#bytes,
      liveTensors: this.count,
      largest,
    })
  }
}
