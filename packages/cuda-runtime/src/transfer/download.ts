import {
  arrayType,
  type DeviceTensor,
  type Dtype,
  type DtypeArrays,
  type HostTensor,
  tensor,
} from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationOn } from '../memory/device-argument.js'
import { hostElements } from '../memory/host-elements.js'
import type { CudaStream } from '../stream/cuda-stream.js'
import { requireAlike } from './upload.js'

/**
 * Copies a device tensor to the host, after the work already enqueued on `stream`. Pinned memory is
 * written directly; other memory when the promise resolves, and never by another thread.
 */
export async function download<D extends Dtype>(
  device: CudaDevice,
  source: DeviceTensor<D>,
  stream: CudaStream,
  into: HostTensor<D> | undefined,
): Promise<HostTensor<D>> {
  const allocation = allocationOn(device, 'download', 'tensor', source)
  const target = into && hostElements('download', 'into', into)
  if (into !== undefined) requireAlike('download', 'into', into, source)
  device.refuseInCapture('download')
  const { native, index } = device
  const { bytes } = allocation.contents
  const pinned = target !== undefined && bytes > 0 && native.isPinned(target.buffer)
  const pending = native.completion(
    'download',
    native.addon.download(
      index,
      allocation.pointer,
      bytes,
      stream.handle,
      pinned ? target : undefined,
    ),
  )
  allocation.usedOn(stream)
  const buffer = (await pending) ?? new ArrayBuffer(0)
  if (into === undefined) return hostTensorOver(buffer, source)
  if (!pinned) copyInto(into, hostElements('download', 'into', into), buffer)
  return into
}

function hostTensorOver<D extends Dtype>(
  buffer: ArrayBuffer,
  { shape, dtype }: DeviceTensor<D>,
): HostTensor<D> {
  return tensor(new (arrayType(dtype))(buffer) as DtypeArrays[D], shape, dtype)
}

/** By bytes, which is the same for every dtype. */
function copyInto(into: HostTensor, elements: DtypeArrays[Dtype], buffer: ArrayBuffer): void {
  if (into.data !== elements || buffer.byteLength === 0) return
  new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength).set(
    new Uint8Array(buffer),
  )
}
