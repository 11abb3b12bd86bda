import type { ConformanceTarget } from '@attnkit/core/conformance'
import { importOptional } from '../../import-optional.js'
import type { CountedCase } from './verify-report.js'

const PACKAGE = '@attnkit/cuda-runtime'

/**
 * What `@attnkit/cuda-runtime` checks of a device: memory, transfers, streams, graphs, lifetimes. Nothing
 * for a backend of the host, or one with devices of its own.
 */
export async function deviceChecks(
  target: ConformanceTarget,
  filter: (name: string) => boolean,
  directory: string,
): Promise<CountedCase[]> {
  if (!('device' in target)) return []
  const runtime = await importOptional(PACKAGE, () => import('@attnkit/cuda-runtime'), directory)
  if (runtime === null || !(target.device instanceof runtime.CudaDevice)) return []
  if (!filter('device/')) return []
  const results = await runtime.selfCheck(target.device)
  return results.map(({ name, status, detail }) => ({
    shown: {
      name: `device/${name}`,
      status,
      backend: target.backend.name,
      outputs: [],
      ...(status === 'failed' && { reason: detail ?? 'wrong' }),
    },
    features: [],
  }))
}
