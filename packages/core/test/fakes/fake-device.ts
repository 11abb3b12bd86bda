import type { DerivedIndices, Device, Stream } from '../../src/backend/device.js'
import { type Dtype, type DtypeArrays, dtypeBytes } from '../../src/tensor/dtype.js'
import { emptyTensor, tensor } from '../../src/tensor/host-tensor.js'
import { elementCount } from '../../src/tensor/shape.js'
import { type DeviceTensor, type HostTensor, tensorBrand } from '../../src/tensor/tensor.js'

/** A tensor of a {@link FakeDevice}: its memory is an array of this process. */
export interface FakeTensor<D extends Dtype = Dtype> extends DeviceTensor<D> {
  readonly memory: DtypeArrays[D]
}

/** A CUDA device in the memory of this process, which writes down what is done with it. */
export class FakeDevice implements Device {
  readonly type = 'cuda'
  readonly name = 'Fake GPU'
  readonly computeCapability = [9, 0] as const
  readonly log: string[] = []
  readonly live = new Set<FakeTensor>()
  readonly defaultStream: Stream
  #nextPointer = 4096n

  constructor(readonly index = 0) {
    this.defaultStream = this.createStream(0n)
  }

  createStream(handle = 1n): Stream {
    const { log } = this
    let counters: FakeTensor<'int32'> | undefined
    return {
      device: this,
      handle,
      synchronize: async () => {},
      use: (...tensors) => {
        log.push(`use ${tensors.length} on ${handle}`)
      },
      counters: (count) => {
        if (counters === undefined || counters.memory.length < count) {
          counters = this.zeros([count], 'int32')
        }
        return counters
      },
    }
  }

  empty<D extends Dtype>(shape: readonly number[], dtype: D): FakeTensor<D> {
    this.log.push(`empty ${dtype} ${shape.join('x')}`)
    return this.#allocate(emptyTensor(shape, dtype))
  }

  zeros<D extends Dtype>(shape: readonly number[], dtype: D): FakeTensor<D> {
    this.log.push(`zeros ${dtype} ${shape.join('x')}`)
    return this.#allocate(emptyTensor(shape, dtype))
  }

  upload<D extends Dtype>(tensor: HostTensor<D>): FakeTensor<D> {
    this.log.push(`upload ${tensor.shape.join('x')}`)
    return this.#allocate({ ...tensor, data: tensor.data.slice() as DtypeArrays[D] })
  }

  async download<D extends Dtype>(
    tensor: DeviceTensor<D>,
    options: { readonly into?: HostTensor<D> } = {},
  ): Promise<HostTensor<D>> {
    this.log.push(`download ${tensor.shape.join('x')}`)
    const into = options.into ?? emptyTensor(tensor.shape, tensor.dtype)
    into.data.set((tensor as FakeTensor<D>).memory as never)
    return into
  }

  deriveIndices(wanted: readonly DerivedIndices[]): readonly FakeTensor<'int32'>[] {
    this.log.push(`derive ${wanted.length}`)
    return wanted.map(({ source, add, least, most }) => {
      const values = (source as FakeTensor<'int32' | 'int64'>).memory
      const data = Int32Array.from(values as ArrayLike<number | bigint>, (value) =>
        Math.min(Math.max(Number(value) + add, least), most),
      )
      return this.#allocate(tensor(data, source.shape))
    })
  }

  #allocate<D extends Dtype>({ shape, dtype, data }: HostTensor<D>): FakeTensor<D> {
    const device = this
    const address = this.#nextPointer
    this.#nextPointer += BigInt(elementCount(shape) * dtypeBytes(dtype) + 256)
    let disposed = false
    const tensor: FakeTensor<D> = {
      [tensorBrand]: true,
      location: 'cuda',
      device,
      dtype,
      shape: [...shape],
      memory: data,
      get pointer() {
        return address
      },
      get disposed() {
        return disposed
      },
      dispose() {
        disposed = true
        device.live.delete(tensor as FakeTensor)
      },
      [Symbol.dispose]() {
        tensor.dispose()
      },
    }
    device.live.add(tensor as FakeTensor)
    return tensor
  }
}
