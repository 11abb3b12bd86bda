import { disposed, invalidArgument } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { Allocation } from '../memory/allocation.js'
import { allocationKey, type CudaTensor } from '../memory/cuda-tensor.js'
import { forget, remember } from '../memory/finaliser.js'
import { freeAllocation } from '../memory/free-allocation.js'
import { check } from '../native/native-status.js'
import { Capture } from './capture.js'
import type { CudaStream } from './cuda-stream.js'

/** Captured work, which one call runs again. Made by {@link CudaStream.capture}. */
export class CudaGraph implements Disposable {
  readonly device: CudaDevice
  /** How many kernels, copies and fills it has. */
  readonly nodes: number
  readonly #handle: bigint
  readonly #stream: CudaStream
  /** Not to be collected while they can still be written by a launch. */
  readonly #tensors: readonly CudaTensor[]
  readonly #allocations: readonly Allocation[]
  readonly #retained: ReadonlySet<Allocation>
  #disposed = false

  constructor(handle: bigint, nodes: number, capture: Capture) {
    this.device = capture.stream.device
    this.nodes = nodes
    this.#handle = handle
    this.#stream = capture.stream
    this.#retained = capture.retained
    this.#tensors = [...capture.tensors]
    const used = this.#tensors.map((tensor) => tensor[allocationKey])
    this.#allocations = [...new Set([...used, ...capture.retained])]
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /**
   * Runs the captured work on `stream`, by default the one it was captured on. Throws `disposed` when
   * the graph or a tensor it uses was disposed.
   */
  launch(stream: CudaStream = this.#stream): void {
    if (this.#disposed) throw disposed('graph.launch', 'the graph')
    for (const allocation of this.#allocations) {
      if (allocation.disposed && !this.#retained.has(allocation)) {
        throw disposed('graph.launch', 'a tensor that the captured work uses')
      }
    }
    const { native, index } = this.device
    check('graph.launch', native.addon.launchGraph(index, this.#handle, stream.handle))
    for (const allocation of this.#allocations) allocation.usedOn(stream)
  }

  /** Frees the graph and the memory it kept, after the launches that were enqueued. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    forget(this)
    freeGraph(this.device, this.#handle, this.#retained)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** Work that was launched goes on: the driver keeps what it needs, and the memory is freed after it. */
function freeGraph(device: CudaDevice, handle: bigint, retained: ReadonlySet<Allocation>): void {
  device.native.addon.destroyGraph(device.index, handle)
  for (const allocation of retained) freeAllocation(allocation)
}

function refusePromise(result: unknown): void {
  if (!(result instanceof Promise)) return
  result.catch(() => {})
  throw invalidArgument('stream.capture', [
    { path: 'enqueue', found: 'a function that returns a promise', required: 'a synchronous one' },
  ])
}

function record(capture: Capture, enqueue: () => void): void {
  try {
    refusePromise(enqueue())
  } finally {
    capture.end()
  }
}

/** Ends a capture that came to nothing: what was disposed of in it is freed now. */
function abandon(device: CudaDevice, capture: Capture): void {
  device.capture = undefined
  for (const allocation of capture.retained) freeAllocation(allocation)
}

/** Captures what `enqueue` puts on `stream`. What it throws is thrown again, and nothing is left. */
export function captureGraph(stream: CudaStream, enqueue: () => void): CudaGraph {
  const { device } = stream
  const { native, index } = device
  device.refuseInCapture('stream.capture')
  device.prepareCapture()
  check('stream.capture', native.addon.beginCapture(index, stream.handle))
  const capture = new Capture(stream)
  device.capture = capture
  try {
    record(capture, enqueue)
  } catch (error) {
    native.addon.abortCapture(index, stream.handle)
    abandon(device, capture)
    throw error
  }
  const outcome = native.addon.endCapture(index, stream.handle)
  if (outcome !== undefined) abandon(device, capture)
  const handle = native.result('stream.capture', outcome)
  const graph = new CudaGraph(handle, native.number(1), capture)
  device.capture = undefined
  return remember(graph, () => freeGraph(device, handle, capture.retained))
}
