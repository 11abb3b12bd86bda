import type { Dtype } from '../tensor/dtype.js'
import type { DeviceTensor, HostTensor } from '../tensor/tensor.js'

/** What is known of a device without talking to it: enough to decide which kernel serves it. */
export interface DeviceProperties {
  readonly type: 'host' | 'cuda'
  /** Position among the devices of its type; 0 for the host. */
  readonly index: number
  /** The vendor's name, e.g. `NVIDIA H200`; the processor's for the host. */
  readonly name: string
  /** Compute capability, e.g. `[9, 0]`. Absent on the host. */
  readonly computeCapability?: readonly [major: number, minor: number]
  readonly multiprocessors?: number
  readonly memoryBytes?: number
  /** Largest dynamic shared memory of one block, in bytes. */
  readonly sharedMemoryPerBlock?: number
}

/** Work on a device that runs in order. */
export interface Stream {
  readonly device: Device
  /** `cudaStream_t` as an integer. */
  readonly handle: bigint
  /** Resolves when everything enqueued before this call has run. */
  synchronize(): Promise<void>
  /**
   * Notes that the work just enqueued reads or writes `tensors`, so that none of their memory is
   * reused before that work has run.
   */
  use(...tensors: readonly DeviceTensor[]): void
  /**
   * At least `count` counters that stay with the stream, for kernels that count and need no memory of their
   * call for it. They are zeros when a kernel finds them, since every kernel leaves them zeros. They are the
   * stream's: ask anew for each launch, use them on this stream alone, and do not dispose of them.
   */
  counters(count: number): DeviceTensor<'int32'>
}

/** An int32 tensor of the values of another, each plus `add`, held between `least` and `most`. */
export interface DerivedIndices {
  readonly source: DeviceTensor<'int32' | 'int64'>
  readonly add: number
  readonly least: number
  readonly most: number
}

/** A device that holds tensors: what core needs of it. `@attnkit/cuda-runtime` implements it. */
export interface Device extends DeviceProperties {
  readonly type: 'cuda'
  readonly defaultStream: Stream
  /** A tensor of undefined contents, allocated in the order of `stream`. */
  empty<D extends Dtype>(
    shape: readonly number[],
    dtype: D,
    options?: { readonly stream?: Stream },
  ): DeviceTensor<D>
  /** A tensor of zeros, allocated and cleared in the order of `stream`. */
  zeros<D extends Dtype>(
    shape: readonly number[],
    dtype: D,
    options?: { readonly stream?: Stream },
  ): DeviceTensor<D>
  /** Copies a host tensor to this device. The host memory has been read when this returns. */
  upload<D extends Dtype>(
    tensor: HostTensor<D>,
    options?: { readonly stream?: Stream },
  ): DeviceTensor<D>
  /** Copies a tensor of this device to the host, after the work already enqueued on `stream`. */
  download<D extends Dtype>(
    tensor: DeviceTensor<D>,
    options?: { readonly stream?: Stream; readonly into?: HostTensor<D> },
  ): Promise<HostTensor<D>>
  /**
   * Optional; without it calls whose index tensors have to be made of their inputs are refused for tensors on
   * this device. Tensors of the sources' shapes, written in the order of `stream`.
   */
  deriveIndices?(
    wanted: readonly DerivedIndices[],
    options?: { readonly stream?: Stream },
  ): readonly DeviceTensor<'int32'>[]
}

/** The host, as a device for `supports()` and `plan()`. */
export const HOST: DeviceProperties = Object.freeze({ type: 'host', index: 0, name: 'host' })
