import { type DeviceTensor, elementCount, invalidArgument, type Stream } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationOn } from '../memory/device-argument.js'
import { check } from '../native/native-status.js'
import { elementOf } from './element.js'
import { paramsWriter } from './params-writer.js'
import { SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

const pack = paramsWriter(SHARED_LAYOUTS.convert)

/**
 * Writes the elements of `source` to `target` in its dtype, rounded to nearest even: float32, float16 and
 * bfloat16, in any direction. Both have the same number of elements and do not overlap.
 */
export function convert(
  device: CudaDevice,
  target: DeviceTensor,
  source: DeviceTensor,
  options: { readonly stream?: Stream } = {},
): void {
  const stream = device.streamOf('convert', options.stream)
  const to = allocationOn(device, 'convert', 'target', target).pointer
  const from = allocationOn(device, 'convert', 'source', source).pointer
  const count = elementCount(target.shape)
  if (elementCount(source.shape) !== count) {
    const found = `${elementCount(source.shape)} elements`
    throw invalidArgument('convert', [{ path: 'source', found, required: `${count}` }])
  }
  const element_to = elementOf('convert', 'target.dtype', target.dtype)
  const element_from = elementOf('convert', 'source.dtype', source.dtype)
  const params = pack({ to, from, count, element_to, element_from })
  check('convert', device.native.addon.launch(SHARED_KERNELS.convert, params, stream.handle))
  stream.use(target, source)
}
