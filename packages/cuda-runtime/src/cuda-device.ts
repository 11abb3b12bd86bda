import {
  arrayType,
  type DerivedIndices,
  type Device,
  type DeviceProperties,
  type DeviceTensor,
  type Dtype,
  type DtypeArrays,
  describeValue,
  type HostTensor,
  invalidArgument,
  type Stream,
  tensor,
} from '@attnkit/core'
import { deriveIndices } from './kernels/derive-indices.js'
import { type FillNormalOptions, fillNormal } from './kernels/fill-normal.js'
import { Allocation, type Contents } from './memory/allocation.js'
import { contentsOf } from './memory/contents.js'
import { CudaTensor } from './memory/cuda-tensor.js'
import { allocationOn } from './memory/device-argument.js'
import { type ExternalOptions, externalTensor } from './memory/external-tensor.js'
import { remember } from './memory/finaliser.js'
import { freeAllocation } from './memory/free-allocation.js'
import { LiveMemory } from './memory/live-memory.js'
import type { NativeRuntime } from './native/native-runtime.js'
import { check, nativeError } from './native/native-status.js'
import type { ProbedDevice } from './native/runtime-addon.js'
import type { Capture } from './stream/capture.js'
import { CudaEvent } from './stream/cuda-event.js'
import { CudaStream } from './stream/cuda-stream.js'
import { download } from './transfer/download.js'
import { requireAlike, upload, write } from './transfer/upload.js'

interface OnStream {
  readonly stream?: Stream
}

/** Memory of a device, in bytes. */
export interface MemoryInfo {
  /** What the system has left. */
  readonly free: number
  readonly total: number
  /** Of attnkit's pool, for the whole process: in use, and kept for later. */
  readonly poolUsed: number
  readonly poolReserved: number
  /** Tensors of this environment. */
  readonly live: number
}

/**
 * A GPU: its memory, streams, events and graphs. Everything is enqueued in the order of a stream, by
 * default {@link defaultStream}, and nothing waits for the device but the promises.
 */
export class CudaDevice implements Device {
  readonly type = 'cuda' as const
  readonly index: number
  readonly name: string
  readonly computeCapability: readonly [major: number, minor: number]
  readonly multiprocessors: number
  readonly memoryBytes: number
  readonly sharedMemoryPerBlock: number
  readonly l2Bytes: number
  readonly clockKilohertz: number
  readonly uuid: string
  /** @internal */
  readonly native: NativeRuntime
  /** @internal */
  readonly live: LiveMemory
  /** The capture that is going on in this environment. @internal */
  capture: Capture | undefined
  #defaultStream: CudaStream | undefined
  /** Never captured: what is allocated during a capture is allocated here. */
  #allocationStream: CudaStream | undefined

  /** @internal */
  constructor(native: NativeRuntime, probed: ProbedDevice) {
    this.native = native
    this.index = probed.index
    this.name = probed.name
    this.computeCapability = [probed.major, probed.minor]
    this.multiprocessors = probed.multiprocessors
    this.memoryBytes = probed.memoryBytes
    this.sharedMemoryPerBlock = probed.sharedMemoryPerBlock
    this.l2Bytes = probed.l2Bytes
    this.clockKilohertz = probed.clockKilohertz
    this.uuid = probed.uuid
    this.live = new LiveMemory(native, probed.index)
  }

  /** What is known of the device, as plain data. */
  toJSON(): DeviceProperties & { readonly uuid: string } {
    const { type, index, name, computeCapability, multiprocessors } = this
    const { memoryBytes, sharedMemoryPerBlock, uuid } = this
    return {
      type,
      index,
      name,
      computeCapability,
      multiprocessors,
      memoryBytes,
      sharedMemoryPerBlock,
      uuid,
    }
  }

  /** This environment's stream for everything that names none. It waits for no other stream. */
  get defaultStream(): CudaStream {
    this.#defaultStream ??= this.#makeStream('default')
    return this.#defaultStream
  }

  #makeStream(origin: 'created' | 'default'): CudaStream {
    const handle = this.native.result('createStream', this.native.addon.createStream(this.index))
    return new CudaStream(this, handle, origin)
  }

  createStream(): CudaStream {
    const stream = this.#makeStream('created')
    const { handle, ownCounters } = stream
    return remember(stream, () => {
      ownCounters.free()
      this.native.addon.destroyStream(this.index, handle)
    })
  }

  /** A stream of another library, by its `cudaStream_t`; `owner` is kept alive with it. */
  externalStream(handle: bigint, options: { readonly owner: unknown }): CudaStream {
    if (typeof handle !== 'bigint' || handle < 0n) {
      const found = describeValue(handle)
      throw invalidArgument('externalStream', [{ path: 'handle', found, required: 'a bigint' }])
    }
    check('externalStream', this.native.addon.checkStream(this.index, handle))
    return new CudaStream(this, handle, 'external', options.owner)
  }

  /** An event; without `timing` it is quicker and {@link CudaEvent.elapsedMs} is not to be had. */
  createEvent({ timing = true }: { readonly timing?: boolean } = {}): CudaEvent {
    const { addon } = this.native
    const outcome = addon.createEvent(this.index, timing ? 1 : 0)
    const handle = this.native.result('createEvent', outcome)
    return remember(new CudaEvent(this, handle), () => addon.destroyEvent(this.index, handle))
  }

  /** The stream that a call names, which must be one of this device. @internal */
  streamOf(operator: string, stream: Stream | undefined): CudaStream {
    if (stream === undefined) return this.defaultStream
    if (stream.device === this) return stream as CudaStream
    throw invalidArgument(operator, [
      { path: 'stream', found: describeValue(stream), required: `a stream of cuda:${this.index}` },
    ])
  }

  empty<D extends Dtype>(
    shape: readonly number[],
    dtype: D,
    options: OnStream = {},
  ): CudaTensor<D> {
    const contents = contentsOf('empty', shape, dtype)
    return this.#allocate('empty', contents, dtype, this.streamOf('empty', options.stream))
  }

  zeros<D extends Dtype>(
    shape: readonly number[],
    dtype: D,
    options: OnStream = {},
  ): CudaTensor<D> {
    const contents = contentsOf('zeros', shape, dtype)
    const stream = this.streamOf('zeros', options.stream)
    const made = this.#allocate('zeros', contents, dtype, stream)
    const { addon } = this.native
    check('zeros', addon.fill(this.index, made.pointer, 0, contents.bytes, stream.handle))
    return made
  }

  #allocate<D extends Dtype>(
    operator: string,
    contents: Contents,
    dtype: D,
    stream: CudaStream,
  ): CudaTensor<D> {
    const { addon } = this.native
    const owner = this.capture === undefined ? stream : this.#allocationStream!
    const outcome =
      owner === stream
        ? addon.allocate(this.index, contents.bytes, stream.handle)
        : addon.allocateNow(this.index, contents.bytes, owner.handle)
    if (outcome?.code === 'out-of-memory') {
      throw this.live.outOfMemory(operator, contents.bytes, outcome)
    }
    const pointer = this.native.result(operator, outcome)
    const allocation = new Allocation(pointer, contents, owner, undefined)
    allocation.usedOn(stream)
    this.live.add(allocation)
    return remember(new CudaTensor(this, dtype, allocation), () => freeAllocation(allocation))
  }

  upload<D extends Dtype>(source: HostTensor<D>, options: OnStream = {}): CudaTensor<D> {
    return upload(this, source, this.streamOf('upload', options.stream))
  }

  /**
   * Copies a host tensor into a device tensor of the same shape and dtype. Resolves when the host tensor
   * may be written again: at once, but for {@link pinned} memory, which is read without a copy.
   */
  async write<D extends Dtype>(
    target: DeviceTensor<D>,
    source: HostTensor<D>,
    options: OnStream = {},
  ): Promise<void> {
    await write(this, target, source, this.streamOf('write', options.stream))
  }

  async download<D extends Dtype>(
    source: DeviceTensor<D>,
    options: OnStream & { readonly into?: HostTensor<D> } = {},
  ): Promise<HostTensor<D>> {
    return download(this, source, this.streamOf('download', options.stream), options.into)
  }

  /** Copies a device tensor into another of the same shape and dtype. */
  copy<D extends Dtype>(
    target: DeviceTensor<D>,
    source: DeviceTensor<D>,
    options: OnStream = {},
  ): void {
    const stream = this.streamOf('copy', options.stream)
    const { pointer: to, contents } = allocationOn(this, 'copy', 'target', target)
    const { pointer: from } = allocationOn(this, 'copy', 'source', source)
    requireAlike('copy', 'source', source, target)
    const { addon } = this.native
    check('copy', addon.copy(this.index, to, from, contents.bytes, stream.handle))
    stream.use(target, source)
  }

  /** A host tensor in page-locked memory: transfers from and to it need no copy in between. */
  pinned<D extends Dtype>(shape: readonly number[], dtype: D): HostTensor<D> {
    const { bytes } = contentsOf('pinned', shape, dtype)
    const buffer = this.native.pinned('pinned', this.index, bytes)
    return tensor(new (arrayType(dtype))(buffer) as DtypeArrays[D], shape, dtype)
  }

  /** A tensor over memory of another library; see {@link ExternalOptions}. */
  external<D extends Dtype = 'uint8'>(
    pointer: bigint,
    bytes: number,
    options: ExternalOptions<D>,
  ): CudaTensor<D> {
    return externalTensor(this, pointer, bytes, options)
  }

  /** Index tensors made of others, in the order of a stream: int32 of each value plus a number, clamped. */
  deriveIndices(
    wanted: readonly DerivedIndices[],
    options: OnStream = {},
  ): readonly CudaTensor<'int32'>[] {
    return deriveIndices(this, wanted, options)
  }

  /** Fills a float tensor with normal random numbers, the same on every device for one seed. */
  fillNormal(target: DeviceTensor, seed: number | bigint, options: FillNormalOptions = {}): void {
    fillNormal(this, target, seed, options)
  }

  /** Resolves when all streams that were created here have run what they were given. */
  async synchronize(): Promise<void> {
    this.refuseInCapture('device.synchronize')
    const { native, index } = this
    await native.completion('device.synchronize', native.addon.notifyAll(index))
  }

  memory(): MemoryInfo {
    const outcome = this.native.addon.memoryInfo(this.index)
    if (outcome !== undefined) throw nativeError('memory', outcome)
    const [free, total, poolUsed, poolReserved] = [0, 1, 2, 3].map((slot) => {
      return this.native.number(slot)
    }) as [number, number, number, number]
    return { free, total, poolUsed, poolReserved, live: this.live.bytes }
  }

  /** Runs native code of others with this device current, and makes the caller's current again. */
  withDevice<T>(run: () => T): T {
    check('withDevice', this.native.addon.enterDevice(this.index))
    try {
      return run()
    } finally {
      this.native.addon.leaveDevice()
    }
  }

  /** Throws in a capture, whose work must not wait or read what the host will have changed. @internal */
  refuseInCapture(operator: string): void {
    if (this.capture === undefined) return
    throw invalidArgument(operator, [
      { path: 'stream', found: 'a capture is going on', required: 'a call outside capture()' },
    ])
  }

  /** @internal */
  prepareCapture(): void {
    this.#allocationStream ??= this.#makeStream('default')
  }

  /** Frees a tensor's memory, once; during a capture the graph keeps it. @internal */
  free(allocation: Allocation): void {
    if (allocation.disposed) return
    allocation.disposed = true
    if (this.capture === undefined) freeAllocation(allocation)
    else this.capture.retained.add(allocation)
  }
}
