import { cudaMachine } from '../machine/cuda-machine.js'
import { shapeLabel } from '../suites/bench-shape.js'
import { cudaBackends } from './cuda-backends.js'
import { findTorch } from './find-peers.js'
import { firstGpu } from './first-gpu.js'
import { type CudaContext, measureCudaShape } from './measure-cuda-shape.js'
import { openAttention } from './open-attention.js'
import type { RunnerOptions, SuiteRunner } from './runner.js'

/** Measures rows on the first GPU, beside PyTorch's kernels. */
export async function openCudaRunner(options: RunnerOptions): Promise<SuiteRunner> {
  const { device, driver } = await firstGpu()
  const { backendOptions } = options
  const attention = await openAttention(backendOptions && { backendOptions })
  const backends = cudaBackends(attention, options.backends)
  const notes: string[] = []
  const peers = options.peers ? await findTorch(options.python, notes) : undefined
  const context: CudaContext = { attention, device, backends, peers, options }
  return {
    machine: await cudaMachine(device, driver),
    versions: peers?.versions ?? {},
    notes,
    label: shapeLabel,
    measure: (shape) => measureCudaShape(context, shape),
    close: () => {
      context.peers?.close()
      attention[Symbol.dispose]()
    },
  }
}
