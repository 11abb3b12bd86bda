import {
  arrayType,
  bufferState,
  dtypeBytes,
  elementCount,
  type FloatDtype,
  type HostTensor,
  tensor,
} from '@attnkit/core'
import { hostTensor, isInNativeMemory } from './host-tensor.js'

const MOST_SPARES = 4
// A buffer this many times as large as what is asked for is left for something larger.
const MOST_WASTE = 4

/**
 * Tensors in memory of native code, whose elements are anything: those given back are used again, as
 * new memory costs more than a tenth of a projection, for the pages that the system must make. Buffers
 * are held weakly: when memory is wanted elsewhere, they go.
 */
export class SpareTensors {
  #buffers: WeakRef<ArrayBuffer>[] = []

  take(shape: readonly number[], dtype: FloatDtype): HostTensor {
    const count = elementCount(shape)
    const buffer = this.#fitting(count * dtypeBytes(dtype))
    if (buffer === undefined) return hostTensor(shape, dtype)
    const data = new (arrayType(dtype))(buffer, 0, count) as HostTensor['data']
    return tensor(data as Float32Array, shape, dtype as 'float32')
  }

  give(product: HostTensor): void {
    const { data } = product
    if (!isInNativeMemory(product) || bufferState(data, 1) !== null) return
    this.#buffers.push(new WeakRef(data.buffer as ArrayBuffer))
    if (this.#buffers.length > MOST_SPARES) this.#buffers.shift()
  }

  /** The smallest buffer of so many bytes, which is spare no longer. */
  #fitting(bytes: number): ArrayBuffer | undefined {
    let best: { readonly at: number; readonly buffer: ArrayBuffer } | undefined
    this.#buffers.forEach((spare, at) => {
      const buffer = spare.deref()
      const size = buffer?.byteLength ?? 0
      // A buffer that was transferred has no bytes left.
      const fits = size > 0 && size >= bytes && size <= bytes * MOST_WASTE
      if (buffer === undefined || !fits) return
      if (best === undefined || size < best.buffer.byteLength) best = { at, buffer }
    })
    if (best === undefined) return undefined
    this.#buffers.splice(best.at, 1)
    return best.buffer
  }
}
