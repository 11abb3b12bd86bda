import { type DeviceTensor, elementCount, type Stream } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationOn } from '../memory/device-argument.js'
import { check } from '../native/native-status.js'
import { elementOf } from './element.js'
import { paramsWriter } from './params-writer.js'
import { SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

export interface FillNormalOptions {
  /** Default 0. */
  readonly mean?: number
  /** Standard deviation. Default 1. */
  readonly std?: number
  readonly stream?: Stream
}

const pack = paramsWriter(SHARED_LAYOUTS.fill_normal)

/** Fills a float tensor with normal random numbers; element i depends on the seed and i alone. */
export function fillNormal(
  device: CudaDevice,
  target: DeviceTensor,
  seed: number | bigint,
  { mean = 0, std = 1, stream: given }: FillNormalOptions,
): void {
  const stream = device.streamOf('fillNormal', given)
  const { pointer } = allocationOn(device, 'fillNormal', 'target', target)
  const params = pack({
    to: pointer,
    count: elementCount(target.shape),
    seed: BigInt.asUintN(64, BigInt(seed)),
    mean,
    deviation: std,
    element: elementOf('fillNormal', 'target.dtype', target.dtype),
    reserved: 0,
  })
  const { addon } = device.native
  check('fillNormal', addon.launch(SHARED_KERNELS.fillNormal, params, stream.handle))
  stream.use(target)
}
