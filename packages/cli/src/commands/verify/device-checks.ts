import type { Attention } from '@attnkit/core'
import type { ConformanceTarget } from '@attnkit/core/conformance'
import type { SelfCheckResult } from '@attnkit/cuda-runtime'
import { importOptional } from '../../import-optional.js'
import { graphChecks } from './graph/graph-checks.js'
import type { CountedCase } from './verify-report.js'

const PACKAGE = '@attnkit/cuda-runtime'

/**
 * What `@attnkit/cuda-runtime` checks of a device: memory, transfers, streams, graphs, lifetimes; and calls
 * of the backend that are captured in graphs. Nothing for a backend of the host, or one with devices of its own.
 */
export async function deviceChecks(
  attention: Attention,
  target: ConformanceTarget,
  filter: (name: string) => boolean,
  directory: string,
): Promise<CountedCase[]> {
  if (!('device' in target)) return []
  const runtime = await importOptional(PACKAGE, () => import('@attnkit/cuda-runtime'), directory)
  if (runtime === null || !(target.device instanceof runtime.CudaDevice)) return []
  const { backend } = target
  const results = filter('device/') ? await runtime.selfCheck(target.device) : []
  return [
    ...results.map((result) => checkedCase(result, backend.name)),
    ...(await graphChecks(attention, target.device, backend.name, filter)),
  ]
}

function checkedCase({ name, status, detail }: SelfCheckResult, backend: string): CountedCase {
  const reason = status === 'failed' ? { reason: detail ?? 'wrong' } : {}
  return {
    shown: { name: `device/${name}`, status, backend, outputs: [], ...reason },
    features: [],
  }
}
