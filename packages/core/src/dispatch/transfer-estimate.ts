import type { AttentionProblem } from '../problem/attention-problem.js'
import { problemBytes } from '../problem/problem-bytes.js'

/** What copies between host and device are charged at, in bytes per microsecond: 20 GB/s. */
const TRANSFER_RATE = 20e3

/** Microseconds that copying the inputs to a device and the outputs back is charged. */
export function transferEstimate(problem: AttentionProblem): number {
  return problemBytes(problem) / TRANSFER_RATE
}
