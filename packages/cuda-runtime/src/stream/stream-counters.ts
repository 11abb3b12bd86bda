import { describeValue, invalidArgument } from '@attnkit/core'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import type { CudaStream } from './cuda-stream.js'

const LEAST = 1024

/** The counters of a stream, or of its part of a capture: made when first asked for, and grown. */
export class StreamCounters {
  #tensor: CudaTensor<'int32'> | undefined

  /** On the way of every launch. `stream`: always the same. */
  atLeast(count: number, stream: CudaStream): CudaTensor<'int32'> {
    const tensor = this.#tensor
    const isEnough = tensor !== undefined && tensor.shape[0]! >= count && !tensor.disposed
    return isEnough ? tensor : this.#grow(count, stream)
  }

  /** What has fewer is freed in stream order: kernels that were enqueued still count in it. */
  #grow(count: number, stream: CudaStream): CudaTensor<'int32'> {
    const size = sizeFor(count)
    const order = orderOf(stream)
    const grown = stream.device.zeros([size], 'int32', { stream: order })
    this.#tensor?.dispose()
    this.#tensor = grown
    return grown
  }

  /** In stream order, or to the graph while a capture is going on. A second call does nothing. */
  free(): void {
    this.#tensor?.dispose()
    this.#tensor = undefined
  }
}

function sizeFor(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    const found = describeValue(count)
    throw invalidArgument('stream.counters', [{ path: 'count', found, required: 'a whole number' }])
  }
  return Math.max(LEAST, 2 ** Math.ceil(Math.log2(count)))
}

/**
 * Whose order counters are allocated and freed in. Memory that is live keeps this object alive; that must not
 * be `stream` itself, which would then never be collected, but another one for the same CUDA stream. The
 * memory of a capture is freed after all streams that used it, so that it has to know them.
 */
function orderOf(stream: CudaStream): CudaStream {
  const { device, handle, owner } = stream
  return device.capture === undefined ? device.externalStream(handle, { owner }) : stream
}
