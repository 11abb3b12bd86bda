import type { Dtype } from '@attnkit/core'
import type { CudaStream } from '../stream/cuda-stream.js'

/** What a tensor's memory holds, for messages. */
export interface Contents {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly bytes: number
}

/**
 * Memory of a device: where it is, and which streams use it. A tensor has one, and so does whatever has
 * to free it when the tensor is gone; so it knows nothing of the tensor.
 */
export class Allocation {
  readonly pointer: bigint
  readonly contents: Contents
  /** In whose order the memory was allocated, and is freed. */
  readonly stream: CudaStream
  /** Kept alive as long as this is; its memory is never freed here. Undefined for memory of our own. */
  owner: unknown
  readonly external: boolean
  disposed = false
  /** Other streams that used it: the free waits for each. Seldom more than one. */
  readonly users: CudaStream[] = []

  constructor(
    pointer: bigint,
    contents: Contents,
    stream: CudaStream,
    external: { readonly owner: unknown } | undefined,
  ) {
    this.pointer = pointer
    this.contents = contents
    this.stream = stream
    this.external = external !== undefined
    this.owner = external?.owner
  }

  /** Notes that work was enqueued on `stream` that reads or writes this. On the way of every launch. */
  usedOn(stream: CudaStream): void {
    if (stream !== this.stream && !this.users.includes(stream)) this.users.push(stream)
  }
}
