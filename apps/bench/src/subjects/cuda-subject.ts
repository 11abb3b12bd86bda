import { type Attention, type DeviceTensor, type HostTensor, only, tensor } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { measureError } from '../accuracy/measure-error.js'
import { poisonedArray } from '../accuracy/poison.js'
import { type BenchShape, elementsOfQuery, inputSpecs, outputShape } from '../suites/bench-shape.js'
import { medianCallTime } from '../timer/call-timer.js'
import { graphTimer } from '../timer/graph-timer.js'
import { boundTensors, type InputTensors } from './bound-tensors.js'
import type { CudaSet } from './cuda-sets.js'
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
  const attributes = { numHeads: shape.numHeads, unidirectional: shape.causal }
  const planned = attention.prepare('MultiHeadAttention', inputSpecs(shape), attributes, {
    policy: only(backend),
    location: 'cuda',
  })
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
      const length = elementsOfQuery(shape)
      const poisoned = tensor(poisonedArray(length, shape.dtype), outputShape(shape), shape.dtype)
      using output = device.upload(poisoned, { stream })
      planned.run(inputs, { stream, outputs: { output } })
      const actual = await device.download(output, { stream })
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
  inputs: InputTensors<DeviceTensor>,
): Promise<InputTensors<HostTensor>> {
  const held: Record<string, HostTensor> = {}
  for (const [name, input] of Object.entries(inputs)) held[name] = await device.download(input)
  return held as unknown as InputTensors<HostTensor>
}
