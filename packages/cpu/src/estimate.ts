import { type AttentionProblem, type Estimate, problemBytes, problemFlops } from '@attnkit/core'
import type { CpuBuild } from './cpu-addon.js'

// Of one thread: GFLOP/s for each float32 lane, and GB/s of memory.
const GFLOPS_PER_LANE = 10
const GIGABYTES = 8
const CALL_MICROSECONDS = 20
// How much slower float64 is, which reads its rows one by one.
const FLOAT64_COST = 20

/** A roofline of this machine: enough to tell the CPU from a GPU, not two kernels from each other. */
export function estimate(
  problem: AttentionProblem,
  build: Pick<CpuBuild, 'lanes' | 'cores'>,
): Estimate {
  const rate = (build.lanes ?? 4) * GFLOPS_PER_LANE * build.cores
  const cost = problem.softmaxPrecision === 'float64' ? FLOAT64_COST : 1
  const compute = (cost * problemFlops(problem)) / (rate * 1000)
  const memory = problemBytes(problem) / (GIGABYTES * build.cores * 1000)
  return { microseconds: CALL_MICROSECONDS + Math.max(compute, memory), source: 'modelled' }
}
