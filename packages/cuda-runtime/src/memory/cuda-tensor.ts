import { type DeviceTensor, type Dtype, disposed, tensorBrand } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { Allocation } from './allocation.js'
import { forget } from './finaliser.js'

/** Finds the memory of a tensor that any copy of this package made. */
export const allocationKey: unique symbol = Symbol.for('attnkit.cuda-runtime.allocation') as never

/** A contiguous row-major tensor in the memory of a CUDA device. Made by {@link CudaDevice}. */
export class CudaTensor<D extends Dtype = Dtype> implements DeviceTensor<D> {
  readonly [tensorBrand] = true as const
  readonly location = 'cuda' as const
  readonly device: CudaDevice
  readonly dtype: D
  readonly shape: readonly number[]
  readonly [allocationKey]: Allocation

  constructor(device: CudaDevice, dtype: D, allocation: Allocation) {
    this.device = device
    this.dtype = dtype
    this.shape = allocation.contents.shape
    this[allocationKey] = allocation
  }

  get pointer(): bigint {
    const allocation = this[allocationKey]
    if (allocation.disposed) throw disposed('pointer', 'the device tensor')
    return allocation.pointer
  }

  /** Size of its elements in memory. */
  get bytes(): number {
    return this[allocationKey].contents.bytes
  }

  get disposed(): boolean {
    return this[allocationKey].disposed
  }

  /**
   * Frees the memory after the work that was enqueued on it, on whatever stream. Returns at once; a
   * second call does nothing.
   */
  dispose(): void {
    forget(this)
    this.device.free(this[allocationKey])
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
