import {
  AttentionError,
  type AttentionProblem,
  type Availability,
  type BuildInfo,
  defineBackend,
  type HostBackend,
  type HostPlan,
} from '@attnkit/core'
import { capabilities } from './capabilities.js'
import type { CpuBuild } from './cpu-addon.js'
import { CpuPlan } from './cpu-plan.js'
import { estimate } from './estimate.js'
import { Float64Plan } from './float64-plan.js'
import { isInNativeMemory } from './host-tensor.js'
import { type LoadedCpu, loadCpuAddon } from './load-cpu-addon.js'
import { project } from './project.js'
import { SpareTensors } from './spare-tensors.js'
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
  const spares = new SpareTensors()
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
    project: async (projection, tensors, threads) => {
      const { addon, build } = available(loadCpuAddon(), 'projection')
      const most = Math.min(threads, mostThreads(build, options))
      return project(addon, spares, projection, tensors, Math.max(1, most))
    },
    recycle: (product) => spares.give(product),
    readsInPlace: isInNativeMemory,
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

function planOf(problem: AttentionProblem, cpu: LoadedCpu, options: CpuOptions): HostPlan {
  const { addon, build } = available(cpu, problem.operator)
  const Plan = problem.softmaxPrecision === 'float64' ? Float64Plan : CpuPlan
  return new Plan(variantName(problem, build), addon, mostThreads(build, options))
}

function mostThreads({ cores }: CpuBuild, { threads }: CpuOptions): number {
  return threads ?? cores
}

function available(cpu: LoadedCpu, operator: string) {
  if (cpu.status === 'loaded') return cpu
  const { code, subject, found, required, remedy = '' } = cpu.reason
  throw new AttentionError(
    'backend-unavailable',
    `${operator}: cpu: ${code}: ${subject}: found ${found}, required ${required}. ${remedy}`,
    { operator, reasons: [{ ...cpu.reason, backend: 'cpu' }] },
  )
}
