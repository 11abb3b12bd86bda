import type { DeviceTensor, Dtype, HostTensor } from '@attnkit/core'
import { invalidArgument, sameShape, shapeText } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import { allocationOn } from '../memory/device-argument.js'
import { hostElements } from '../memory/host-elements.js'
import { check } from '../native/native-status.js'
import type { CudaStream } from '../stream/cuda-stream.js'

/** Copies a host tensor to a new device tensor; its memory has been read when this returns. */
export function upload<D extends Dtype>(
  device: CudaDevice,
  source: HostTensor<D>,
  stream: CudaStream,
): CudaTensor<D> {
  const elements = hostElements('upload', 'tensor', source)
  device.refuseInCapture('upload')
  const target = device.empty(source.shape, source.dtype, { stream })
  const outcome = device.native.addon.upload(device.index, target.pointer, elements, stream.handle)
  if (outcome !== undefined) target.dispose()
  check('upload', outcome)
  return target
}

/** What is wrong with copying between tensors of these kinds, thrown. */
export function requireAlike(
  operator: string,
  path: string,
  found: { readonly dtype: Dtype; readonly shape: readonly number[] },
  required: { readonly dtype: Dtype; readonly shape: readonly number[] },
): void {
  if (found.dtype === required.dtype && sameShape(found.shape, required.shape)) return
  throw invalidArgument(operator, [
    {
      path,
      found: `${found.dtype} ${shapeText(found.shape)}`,
      required: `${required.dtype} ${shapeText(required.shape)}`,
    },
  ])
}

/**
 * Copies a host tensor into a device tensor that is there already. Resolves when the host tensor may be
 * written again, which for memory that is not pinned is at once.
 */
export async function write<D extends Dtype>(
  device: CudaDevice,
  target: DeviceTensor<D>,
  source: HostTensor<D>,
  stream: CudaStream,
): Promise<void> {
  const elements = hostElements('write', 'source', source)
  const allocation = allocationOn(device, 'write', 'target', target)
  requireAlike('write', 'source', source, target)
  device.refuseInCapture('write')
  const { native, index } = device
  const { pointer } = allocation
  allocation.usedOn(stream)
  if (!native.isPinned(elements.buffer) || elements.length === 0) {
    return check('write', native.addon.upload(index, pointer, elements, stream.handle))
  }
  await native.completion('write', native.addon.copyPinned(index, pointer, elements, stream.handle))
}
