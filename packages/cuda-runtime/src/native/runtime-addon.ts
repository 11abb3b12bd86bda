import type { NativeAddon } from '@attnkit/core/native'
import type { NativeStatus, Outcome } from './native-status.js'

/** A device as the probe finds it. */
export interface ProbedDevice {
  readonly index: number
  readonly name: string
  /** Compute capability. */
  readonly major: number
  readonly minor: number
  readonly multiprocessors: number
  readonly memoryBytes: number
  readonly sharedMemoryPerBlock: number
  readonly l2Bytes: number
  readonly clockKilohertz: number
  /** 32 hexadecimal digits. */
  readonly uuid: string
}

/** What CUDA says of this machine. Versions are 1000 · major + 10 · minor; 0 is no driver. */
export interface Probe {
  /** `cudaError_t`. */
  readonly error: number
  readonly errorName: string
  readonly errorText: string
  readonly driverVersion: number
  readonly runtimeVersion: number
  readonly devices: readonly ProbedDevice[]
}

export type OnComplete = (
  id: number,
  status: NativeStatus | undefined,
  buffer: ArrayBuffer | undefined,
) => void

/** Byte offset of each member of a kernel's parameters, and `size`. */
export type ParamsLayout = Readonly<Record<string, number>>

/**
 * The native part. Pointers and handles are bigints; results are left in the array that `start` returns.
 * The comments in `native/*.h` say what each function does.
 */
export interface RuntimeAddon extends NativeAddon {
  start(onComplete: OnComplete): BigUint64Array | undefined
  probe(): Probe | NativeStatus
  allocate(device: number, bytes: number, stream: bigint): Outcome
  allocateNow(device: number, bytes: number, stream: bigint): Outcome
  release(device: number, pointer: bigint, stream: bigint): Outcome
  fill(device: number, pointer: bigint, byte: number, bytes: number, stream: bigint): Outcome
  copy(device: number, to: bigint, from: bigint, bytes: number, stream: bigint): Outcome
  memoryInfo(device: number): Outcome
  describePointer(device: number, pointer: bigint): Outcome
  reportMemory(bytes: number): Outcome
  createStream(device: number): Outcome
  destroyStream(device: number, stream: bigint): Outcome
  checkStream(device: number, stream: bigint): Outcome
  join(device: number, from: bigint, to: bigint): Outcome
  createEvent(device: number, timing: 0 | 1): Outcome
  destroyEvent(device: number, event: bigint): Outcome
  recordEvent(device: number, event: bigint, stream: bigint): Outcome
  waitEvent(device: number, event: bigint, stream: bigint): Outcome
  queryEvent(device: number, event: bigint): Outcome
  elapsed(device: number, start: bigint, end: bigint): Outcome
  enterDevice(device: number): Outcome
  leaveDevice(): Outcome
  beginCapture(device: number, stream: bigint): Outcome
  endCapture(device: number, stream: bigint): Outcome
  abortCapture(device: number, stream: bigint): Outcome
  launchGraph(device: number, graph: bigint, stream: bigint): Outcome
  destroyGraph(device: number, graph: bigint): Outcome
  upload(device: number, to: bigint, from: ArrayBufferView, stream: bigint): Outcome
  download(
    device: number,
    from: bigint,
    bytes: number,
    stream: bigint,
    pinned?: ArrayBufferView,
  ): Outcome
  notify(device: number, stream: bigint): Outcome
  notifyAll(device: number): Outcome
  copyPinned(device: number, to: bigint, from: ArrayBufferView, stream: bigint): Outcome
  createPinned(device: number, bytes: number): ArrayBuffer | NativeStatus
  launch(kernel: number, params: Uint8Array, stream: bigint): Outcome
  layouts(): Readonly<Record<string, ParamsLayout>>
}
