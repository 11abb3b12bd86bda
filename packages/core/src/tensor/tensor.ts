import type { Device } from '../backend/device.js'
import type { Dtype, DtypeArrays } from './dtype.js'

/** Recognises tensors of every copy of this package, which `instanceof` cannot. */
export const tensorBrand: unique symbol = Symbol.for('attnkit.tensor') as never

/** A contiguous row-major array of numbers, on the host or on one device. */
export type Tensor = HostTensor | DeviceTensor

interface TensorBase<D extends Dtype = Dtype> {
  readonly [tensorBrand]: true
  readonly dtype: D
  /** Sizes, outermost first. */
  readonly shape: readonly number[]
}

/** A tensor in the memory of this process. `data` has exactly the shape's number of elements. */
export interface HostTensor<D extends Dtype = Dtype> extends TensorBase<D> {
  readonly location: 'host'
  readonly data: DtypeArrays[D]
}

/**
 * A tensor in the memory of a device. Disposing it twice is allowed, using it afterwards is
 * `disposed`.
 */
export interface DeviceTensor<D extends Dtype = Dtype> extends TensorBase<D> {
  readonly location: 'cuda'
  readonly device: Device
  /** Address of the first element on the device. Throws `disposed` after `dispose()`. */
  readonly pointer: bigint
  readonly disposed: boolean
  dispose(): void
  [Symbol.dispose](): void
}

/** Whether `value` is a tensor, of this or any other copy of this package. */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { [tensorBrand]?: unknown })[tensorBrand] === true
  )
}
