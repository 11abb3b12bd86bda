import type { BackendStatus } from '@attnkit/core'
import { BenchError, EXIT } from '../exit-codes.js'
import { hostMachine } from '../machine/host-machine.js'
import { shapeLabel } from '../suites/bench-shape.js'
import { findOnnxruntime } from './find-peers.js'
import { type HostContext, measureHostShape } from './measure-host-shape.js'
import { openAttention } from './open-attention.js'
import type { RunnerOptions, SuiteRunner } from './runner.js'

/** Measures rows on this processor, beside ONNX Runtime. */
export async function openHostRunner(options: RunnerOptions): Promise<SuiteRunner> {
  const { threads } = options
  const attention = await openAttention({ threads })
  const notes: string[] = []
  const backends = hostBackends(attention.backends, options.backends, notes)
  const peer = options.peers ? await findOnnxruntime(threads, notes) : undefined
  const context: HostContext = { attention, backends, peer, options }
  const status = attention.backends.find(({ name }) => name === backends[0])
  return {
    machine: hostMachine(status, threads),
    versions: peer ? { onnxruntime: peer.version } : {},
    notes,
    label: shapeLabel,
    measure: (shape) => measureHostShape(context, shape),
    close: () => {
      context.peer?.close()
      attention[Symbol.dispose]()
    },
  }
}

/** The backends asked for, else `cpu`, else the reference with a note that says why. */
function hostBackends(
  found: readonly BackendStatus[],
  wanted: readonly string[] | undefined,
  notes: string[],
): readonly string[] {
  for (const name of wanted ?? ['cpu']) {
    const status = found.find((backend) => backend.name === name)
    if (status?.status === 'ready') continue
    const why = status ? `${status.reason.code}: ${status.reason.found}` : 'no such backend'
    if (wanted) throw new BenchError(EXIT.unavailable, `${name} is not available: ${why}`)
    notes.push(`cpu is not available (${why}): the reference is measured, on small rows only`)
    return ['reference']
  }
  return wanted ?? ['cpu']
}
