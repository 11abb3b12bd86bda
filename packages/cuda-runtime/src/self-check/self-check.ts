import type { CudaDevice } from '../cuda-device.js'
import type { DeviceCheck } from './check.js'
import { COUNTER_CHECKS } from './counter-checks.js'
import { GRAPH_CHECKS } from './graph-checks.js'
import { KERNEL_CHECKS } from './kernel-checks.js'
import { LIFETIME_CHECKS } from './lifetime-checks.js'
import { MEMORY_CHECKS } from './memory-checks.js'
import { STREAM_CHECKS } from './stream-checks.js'

/** How one check of {@link selfCheck} went. */
export interface SelfCheckResult {
  readonly name: string
  readonly status: 'passed' | 'failed'
  /** Why it failed, or what it measured. */
  readonly detail?: string
  readonly milliseconds: number
}

const CHECKS: readonly DeviceCheck[] = [
  ...MEMORY_CHECKS,
  ...STREAM_CHECKS,
  ...GRAPH_CHECKS,
  ...COUNTER_CHECKS,
  ...KERNEL_CHECKS,
  ...LIFETIME_CHECKS,
]

async function runCheck(check: DeviceCheck, device: CudaDevice): Promise<SelfCheckResult> {
  const begin = performance.now()
  const { name } = check
  try {
    const detail = await check.run(device)
    const milliseconds = performance.now() - begin
    return { name, status: 'passed', milliseconds, ...(detail !== undefined && { detail }) }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { name, status: 'failed', detail, milliseconds: performance.now() - begin }
  }
}

/**
 * Exercises a device through everything this package does: memory, transfers, streams, events, graphs,
 * external memory, lifetimes, workers, kernels. Needs nothing but the package; takes some seconds.
 */
export async function selfCheck(device: CudaDevice): Promise<readonly SelfCheckResult[]> {
  const results: SelfCheckResult[] = []
  for (const check of CHECKS) results.push(await runCheck(check, device))
  return results
}
