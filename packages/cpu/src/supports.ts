import {
  type AttentionProblem,
  checkCapabilities,
  type DeviceProperties,
  type Support,
} from '@attnkit/core'
import { capabilities } from './capabilities.js'

/** Everything is supported but float64, of the problem and of the attention bias. */
export function supports(problem: AttentionProblem, device: DeviceProperties): Support {
  const reasons = checkCapabilities(problem, capabilities, device)
  const { dtypes } = capabilities
  const dtype = problem.attentionBias?.dtype
  if (dtype !== undefined && !dtypes.includes(dtype)) {
    const required = dtypes.join(', ')
    reasons.push({
      code: 'dtype-unsupported',
      subject: 'attentionBias.dtype',
      found: dtype,
      required,
    })
  }
  return { reasons, notes: [] }
}
