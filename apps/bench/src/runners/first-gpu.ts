import { type CudaDevice, cudaRuntime, type DriverInfo } from '@attnkit/cuda-runtime'
import { BenchError, EXIT } from '../exit-codes.js'

/** The first GPU and its driver. Throws a {@link BenchError} that says why there is none. */
export async function firstGpu(): Promise<{ device: CudaDevice; driver: DriverInfo }> {
  const runtime = await cudaRuntime()
  if (runtime.status === 'ready') return { device: runtime.devices[0]!, driver: runtime.driver }
  const { code, found, required } = runtime.reason
  throw new BenchError(EXIT.unavailable, `no GPU: ${code}: found ${found}, required ${required}`)
}
