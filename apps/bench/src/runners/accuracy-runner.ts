import { type AccuracyProblem, accuracyLabel } from '../accuracy/accuracy-problems.js'
import { cudaMachine } from '../machine/cuda-machine.js'
import type { AccuracyRow } from '../report/accuracy-result.js'
import { cudaBackends } from './cuda-backends.js'
import { findTorch } from './find-peers.js'
import { firstGpu } from './first-gpu.js'
import { type AccuracyContext, type AccuracyMode, measureAccuracy } from './measure-accuracy.js'
import { openAttention } from './open-attention.js'
import type { RunnerOptions, SuiteRunner } from './runner.js'

/** Measures the error of `cuda-flash` in both of its modes on the first GPU, beside that of PyTorch's kernels. */
export async function openAccuracyRunner(
  options: Pick<RunnerOptions, 'peers' | 'python' | 'seed'>,
): Promise<SuiteRunner<AccuracyProblem, AccuracyRow>> {
  const { device, driver } = await firstGpu()
  const modes = [await openMode(true), await openMode(false)]
  const notes: string[] = []
  const peers = options.peers ? await findTorch(options.python, notes) : undefined
  const context: AccuracyContext = { modes, device, peers, seed: options.seed }
  return {
    machine: await cudaMachine(device, driver),
    versions: peers?.versions ?? {},
    notes,
    label: accuracyLabel,
    measure: (problem) => measureAccuracy(context, problem),
    close: () => {
      context.peers?.close()
      for (const { attention } of modes) attention[Symbol.dispose]()
    },
  }
}

/** Attention whose kernels take the maximum of every block of keys, or that of the first. */
async function openMode(exactSoftmax: boolean): Promise<AccuracyMode> {
  const attention = await openAttention({ backendOptions: { 'cuda-flash': { exactSoftmax } } })
  cudaBackends(attention, ['cuda-flash'])
  return { exactSoftmax, attention }
}
