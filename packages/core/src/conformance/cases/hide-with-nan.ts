import type { BoundProblem } from '../../backend/plan.js'
import { newKeys } from '../../problem/head-axes.js'
import type { HostTensor } from '../../tensor/tensor.js'
import { poison } from '../random-tensors.js'

/** Makes the keys and values behind the lengths in `role` NaN, in contiguous tensors. */
export function hideWithNaN(
  lengths: 'mask' | 'keyLengths',
  bound: BoundProblem<HostTensor>,
): BoundProblem<HostTensor> {
  const { problem } = bound
  for (const role of ['k', 'v'] as const) {
    const { batchStride, seqStride } = problem[role]
    for (let batch = 0; batch < problem.batch; batch++) {
      const start = batch * batchStride
      const length = Number(bound[lengths]?.data[batch])
      poison(bound[role], start + length * seqStride, start + newKeys(problem) * seqStride)
    }
  }
  return bound
}
