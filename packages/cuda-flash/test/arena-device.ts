import {
  arrayType,
  type DerivedIndices,
  type Device,
  type DeviceTensor,
  type Dtype,
  dtypeBytes,
  elementCount,
  emptyTensor,
  type HostTensor,
  type Stream,
  tensor,
  tensorBrand,
} from '@attnkit/core'
import { TUNINGS, tunedDevice } from '../src/tuning.js'

const ALIGNMENT = 256

/** A device whose memory is one buffer of this process: an address is a place in it. */
export class ArenaDevice implements Device {
  readonly type = 'cuda'
  readonly index = 0
  readonly name: string
  readonly computeCapability: readonly [number, number]
  readonly memory: ArrayBuffer
  readonly defaultStream: Stream = {
    device: this,
    handle: 1n,
    synchronize: async () => {},
    use: () => {},
    counters: () => {
      throw new Error('the kernels that are simulated count nothing')
    },
  }
  // Nothing lies at address 0.
  #next = ALIGNMENT
  #live = 0

  constructor(bytes: number) {
    const { name, computeCapability } = tunedDevice(TUNINGS.h200!)
    this.name = name
    this.computeCapability = computeCapability!
    this.memory = new ArrayBuffer(bytes)
  }

  empty<D extends Dtype>(shape: readonly number[], dtype: D): DeviceTensor<D> {
    const bytes = elementCount(shape) * dtypeBytes(dtype)
    const at = this.#next
    this.#next += Math.ceil((bytes + 1) / ALIGNMENT) * ALIGNMENT
    new Uint8Array(this.memory, at, bytes).fill(0xff)
    this.#live++
    const dispose = () => {
      if (--this.#live === 0) this.#next = ALIGNMENT
    }
    return {
      [tensorBrand]: true,
      location: 'cuda',
      device: this,
      dtype,
      shape,
      pointer: BigInt(at),
      disposed: false,
      dispose,
      [Symbol.dispose]: dispose,
    }
  }

  zeros<D extends Dtype>(shape: readonly number[], dtype: D): DeviceTensor<D> {
    const made = this.empty(shape, dtype)
    this.bytesOf(made).fill(0)
    return made
  }

  upload<D extends Dtype>(source: HostTensor<D>): DeviceTensor<D> {
    const { data, shape, dtype } = source
    const made = this.empty(shape, dtype)
    this.bytesOf(made).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return made
  }

  async download<D extends Dtype>(
    source: DeviceTensor<D>,
    { into = emptyTensor(source.shape, source.dtype) }: { readonly into?: HostTensor<D> } = {},
  ): Promise<HostTensor<D>> {
    const { data } = into
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(this.bytesOf(source))
    return into
  }

  deriveIndices(wanted: readonly DerivedIndices[]): readonly DeviceTensor<'int32'>[] {
    return wanted.map(({ source, add, least, most }) => {
      const wide = source.dtype === 'int64'
      const count = elementCount(source.shape)
      const values = new (wide ? BigInt64Array : Int32Array)(
        this.memory,
        Number(source.pointer),
        count,
      )
      const made = Int32Array.from(values as ArrayLike<number | bigint>, (value) =>
        Math.min(Math.max(Number(value) + add, least), most),
      )
      return this.upload(tensor(made, source.shape))
    })
  }

  bytesOf({ pointer, shape, dtype }: DeviceTensor): Uint8Array {
    arrayType(dtype)
    return new Uint8Array(this.memory, Number(pointer), elementCount(shape) * dtypeBytes(dtype))
  }
}
