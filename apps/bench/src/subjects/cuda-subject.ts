import { type Attention, type HostTensor, only } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { measureError } from '../accuracy/measure-error.js'
import {
  type BenchShape,
  inputSpecs,
  operatorAttributes,
  operatorOf,
} from '../suites/bench-shape.js'
import { medianCallTime } from '../timer/call-timer.js'
import { graphTimer } from '../timer/graph-timer.js'
import { boundTensors, type InputTensors, type OnnxTensors } from './bound-tensors.js'
import type { CudaInputs, CudaSet } from './cuda-sets.js'
import { poisonedRun } from './poisoned-run.js'
import type { Subject } from './subject.js'

export interface CudaSubjectOptions {
  readonly attention: Attention
  readonly device: CudaDevice
  readonly backend: string
  readonly shape: BenchShape
  readonly sets: readonly CudaSet[]
  readonly seed: number
  readonly blockMs: number
}

/** Plans a row on a backend of the device and captures the graph that is timed. */
export async function cudaSubject(options: CudaSubjectOptions): Promise<Subject> {
  const { attention, device, backend, shape, sets, seed, blockMs } = options
  const placement = { policy: only(backend), location: 'cuda' } as const
  const planned = attention.prepare(
    operatorOf(shape),
    inputSpecs(shape),
    operatorAttributes(shape),
    placement,
  )
  const stream = device.createStream()
  const calls = sets.map(({ inputs, output }) => ({
    inputs,
    options: { stream, outputs: { output } },
  }))
  const launch = (set: number): void => {
    const call = calls[set % calls.length]!
    planned.run(call.inputs, call.options)
  }
  const timer = await graphTimer(device, stream, sets.length, launch, blockMs)
  return {
    name: backend,
    shape,
    decision: planned.decision,
    problem: planned.problem,
    measureBlock: () => timer.measureBlock(),
    measureCall: () => medianCallTime(launch, timer.launchMs, () => stream.synchronize()),
    measureError: async () => {
      const { inputs } = sets[0]!
      const actual = await poisonedRun(planned, device, shape, inputs)
      const held = boundTensors(await download(device, inputs), actual)
      return measureError(planned.problem, held, seed)
    },
    dispose: () => {
      timer.dispose()
      stream.dispose()
    },
  }
}

async function download(
  device: CudaDevice,
  inputs: CudaInputs,
): Promise<InputTensors<HostTensor> | OnnxTensors<HostTensor>> {
  const held: Record<string, HostTensor> = {}
  for (const [name, input] of Object.entries(inputs)) held[name] = await device.download(input)
  return held as unknown as InputTensors<HostTensor> | OnnxTensors<HostTensor>
}
