import {
  type DerivedIndices,
  elementCount,
  type Fault,
  invalidArgument,
  type Stream,
} from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import { allocationOn } from '../memory/device-argument.js'
import { check } from '../native/native-status.js'
import type { CudaStream } from '../stream/cuda-stream.js'
import { ParamsBuffer } from './params-buffer.js'
import { paramsLayout } from './params-layout.js'
import {
  DERIVED_INDICES,
  MOST_DERIVED_INDICES,
  SHARED_KERNELS,
  SHARED_LAYOUTS,
} from './shared-kernels.js'

const { offsets, size } = SHARED_LAYOUTS.derive_indices
const member = paramsLayout(DERIVED_INDICES)
const params = new ParamsBuffer(size)

function faultsOf(wanted: readonly DerivedIndices[]): Fault[] {
  return wanted
    .filter(({ source }) => source.dtype !== 'int32' && source.dtype !== 'int64')
    .map(({ source }) => ({ path: 'source.dtype', found: source.dtype, required: 'int32, int64' }))
}

function launch(
  device: CudaDevice,
  wanted: readonly DerivedIndices[],
  made: readonly CudaTensor<'int32'>[],
  stream: CudaStream,
): void {
  wanted.forEach(({ source, add, least, most }, at) => {
    const from = allocationOn(device, 'deriveIndices', 'source', source).pointer
    const first = at * member.size
    params.setAddress(first + member.offsets.to, made[at]!.pointer)
    params.setAddress(first + member.offsets.from, from)
    params.setInteger(first + member.offsets.add, add)
    params.setInteger(first + member.offsets.least, least)
    params.setInteger(first + member.offsets.most, most)
    params.setInteger(first + member.offsets.count, elementCount(source.shape))
    params.setInteger(first + member.offsets.is_wide, source.dtype === 'int64' ? 1 : 0)
  })
  params.setInteger(offsets.tensor_count, wanted.length)
  const { addon } = device.native
  check('deriveIndices', addon.launch(SHARED_KERNELS.deriveIndices, params.bytes, stream.handle))
  stream.use(...wanted.map(({ source }) => source), ...made)
}

/** Index tensors made of others: one launch for four of them. */
export function deriveIndices(
  device: CudaDevice,
  wanted: readonly DerivedIndices[],
  options: { readonly stream?: Stream } = {},
): readonly CudaTensor<'int32'>[] {
  const stream = device.streamOf('deriveIndices', options.stream)
  const faults = faultsOf(wanted)
  if (faults.length > 0) throw invalidArgument('deriveIndices', faults)
  const made: CudaTensor<'int32'>[] = []
  try {
    for (const { source } of wanted) made.push(device.empty(source.shape, 'int32', { stream }))
    for (let at = 0; at < wanted.length; at += MOST_DERIVED_INDICES) {
      const end = at + MOST_DERIVED_INDICES
      launch(device, wanted.slice(at, end), made.slice(at, end), stream)
    }
    return made
  } catch (error) {
    for (const tensor of made) tensor.dispose()
    throw error
  }
}
