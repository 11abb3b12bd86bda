import type { BoundProblem } from '../backend/plan.js'
import { pastRows, presentRows } from '../problem/head-axes.js'
import type { HostTensor } from '../tensor/tensor.js'

/** The call with one buffer as past and present, where the problem lets them be one. */
export function shareBuffer(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  const { problem, pastKey, pastValue } = bound
  const { past, present } = problem
  if (!present || past === null || past.bufferLength === null) return bound
  if (pastRows(problem) !== presentRows(problem)) return bound
  return { ...bound, presentKey: pastKey!, presentValue: pastValue! }
}
