import type { Attention } from '@attnkit/core'
import { cudaRuntime } from '@attnkit/cuda-runtime'
import { BenchError, EXIT } from '../exit-codes.js'
import { cudaMachine } from '../machine/cuda-machine.js'
import { findTorch } from './find-peers.js'
import { type CudaContext, measureCudaShape } from './measure-cuda-shape.js'
import { openAttention } from './open-attention.js'
import type { RunnerOptions, SuiteRunner } from './runner.js'

/** Measures rows on the first GPU, beside PyTorch's kernels. */
export async function openCudaRunner(options: RunnerOptions): Promise<SuiteRunner> {
  const runtime = await cudaRuntime()
  if (runtime.status === 'unavailable') {
    const { code, found, required } = runtime.reason
    throw new BenchError(EXIT.unavailable, `no GPU: ${code}: found ${found}, required ${required}`)
  }
  const device = runtime.devices[0]!
  const { backendOptions } = options
  const attention = await openAttention(backendOptions && { backendOptions })
  const backends = cudaBackends(attention, options.backends)
  const notes: string[] = []
  const peers = options.peers ? await findTorch(options.python, notes) : undefined
  const context: CudaContext = { attention, device, backends, peers, options }
  return {
    machine: await cudaMachine(device, runtime.driver),
    versions: peers?.versions ?? {},
    notes,
    measure: (shape) => measureCudaShape(context, shape),
    close: () => {
      context.peers?.close()
      attention[Symbol.dispose]()
    },
  }
}

/** The backends asked for, or every one that is ready on a GPU. */
function cudaBackends(
  { backends }: Attention,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const ready = backends
    .filter((status) => status.status === 'ready' && status.devices[0]?.type === 'cuda')
    .map(({ name }) => name)
  const missing = wanted?.filter((name) => !ready.includes(name)) ?? []
  if (missing.length === 0 && ready.length > 0) return wanted ?? ready
  const reasons = backends.flatMap((status) =>
    'reason' in status ? [`${status.name}: ${status.reason.code}: ${status.reason.found}`] : [],
  )
  const what = missing.length > 0 ? missing.join(', ') : 'a CUDA backend'
  throw new BenchError(EXIT.unavailable, `${what} is not ready\n${reasons.join('\n')}`)
}
