import {
  bufferNotStable,
  bufferState,
  type HostTensor,
  type Projection,
  type ProjectionTensors,
  type TensorData,
} from '@attnkit/core'
import type { CpuAddon } from './cpu-addon.js'
import { dtypeNumber } from './pack-problem.js'
import type { SpareTensors } from './spare-tensors.js'
import { untilDone } from './until-done.js'

const OPERATOR = 'projection'

/**
 * (tokens, inputWidth) × (inputWidth, width) on at most `threads` threads, in memory that the attention
 * after it reads without a copy. Plain arrays are copied before this returns: the weights by packing
 * them, as the kernel would do anyway. Rejects with `invalid-argument`, `buffer-not-stable` and
 * `out-of-memory`.
 */
export async function project(
  addon: CpuAddon,
  spares: SpareTensors,
  { dtype, tokens, inputWidth, width }: Projection,
  { input, weights }: ProjectionTensors<HostTensor>,
  threads: number,
): Promise<HostTensor> {
  const sizes = Float64Array.of(dtypeNumber(dtype), tokens, inputWidth, width)
  const factors = [stable(input, 'input'), stable(weights, 'weights')] as const
  const product = spares.take([tokens, width], dtype)
  await untilDone(OPERATOR, (done) => addon.project(sizes, ...factors, product.data, threads, done))
  return product
}

function stable({ data, shape }: HostTensor, name: string): TensorData {
  const state = bufferState(data, shape.includes(0) ? 0 : 1)
  if (state !== null) throw bufferNotStable(OPERATOR, name, state)
  return data
}
