import type { BuildInfo, Reason } from '@attnkit/core'
import { importOptional } from '../../import-optional.js'

const PACKAGE = '@attnkit/cuda-runtime'

/** `@attnkit/cuda-runtime` on this machine: how it was built, or why it cannot be used. */
export interface CudaRuntimeFacts {
  readonly status: 'ready' | 'unavailable'
  readonly build: BuildInfo | null
  /** The CUDA version that the driver is for. */
  readonly cuda: string | null
  readonly reason: Reason | null
}

/** Null when it is not installed. */
export async function cudaRuntimeFacts(directory: string): Promise<CudaRuntimeFacts | null> {
  const found = await importOptional(PACKAGE, () => import('@attnkit/cuda-runtime'), directory)
  if (found === null) return null
  const runtime = await found.cudaRuntime()
  if (runtime.status === 'unavailable') {
    return { status: 'unavailable', build: null, cuda: null, reason: runtime.reason }
  }
  const { build, driver } = runtime
  return { status: 'ready', build, cuda: driver.cuda, reason: null }
}
