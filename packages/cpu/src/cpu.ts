import {
  AttentionError,
  type AttentionProblem,
  type Availability,
  type BuildInfo,
  defineBackend,
  type HostBackend,
} from '@attnkit/core'
import { capabilities } from './capabilities.js'
import { CpuPlan } from './cpu-plan.js'
import { estimate } from './estimate.js'
import { type LoadedCpu, loadCpuAddon } from './load-cpu-addon.js'
import { supports } from './supports.js'
import { variantName } from './variant-name.js'

export interface CpuOptions {
  /** Most threads of a call. Default: the physical cores that this process may use. */
  readonly threads?: number
}

// What is estimated with where the native part is not there: one core with AVX2.
const ONE_CORE = { lanes: 8, cores: 1 }

/**
 * Attention on the CPU: AVX-512, AVX2 or NEON, chosen when it is first used. Serves every problem in
 * float32, float16 and bfloat16. Without its native part it is unavailable, and says why.
 */
export function cpu(options: CpuOptions = {}): HostBackend {
  return defineBackend({
    name: 'cpu',
    deviceType: 'host',
    capabilities,
    availability: async () => availabilityOf(loadCpuAddon()),
    supports,
    estimate: (problem) => {
      const cpu = loadCpuAddon()
      return estimate(problem, cpu.status === 'loaded' ? cpu.build : ONE_CORE)
    },
    plan: (problem) => planOf(problem, loadCpuAddon(), options),
  })
}

function availabilityOf(cpu: LoadedCpu): Availability {
  if (cpu.status === 'unavailable') return cpu
  const { processor } = cpu.build
  return {
    status: 'available',
    devices: [{ type: 'host', index: 0, name: processor || 'host' }],
    build: cpu.build as BuildInfo,
  }
}

function planOf(problem: AttentionProblem, cpu: LoadedCpu, options: CpuOptions): CpuPlan {
  if (cpu.status === 'unavailable') {
    const { code, subject, found, required, remedy = '' } = cpu.reason
    throw new AttentionError(
      'backend-unavailable',
      `${problem.operator}: cpu: ${code}: ${subject}: found ${found}, required ${required}. ${remedy}`,
      { operator: problem.operator, reasons: [{ ...cpu.reason, backend: 'cpu' }] },
    )
  }
  const { addon, build } = cpu
  return new CpuPlan(variantName(problem, build), addon, options.threads ?? build.cores)
}
