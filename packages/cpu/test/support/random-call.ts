import {
  type BoundProblem,
  type defineProblem,
  emptyTensor,
  type HostTensor,
  defineProblem as makeProblem,
} from '@attnkit/core'
import { Random, randomTensors } from '@attnkit/core/conformance'
import { hostTensor } from '../../src/host-tensor.js'

type Options = Parameters<typeof defineProblem>[0]

/** A problem with random tensors in plain JavaScript memory. */
export function randomCall(options: Options, seed = 1): BoundProblem<HostTensor> {
  return randomTensors(makeProblem(options), new Random(seed))
}

/** Self-attention of about so many GFLOP: milliseconds on a thread or two for each tenth. */
export function slowCall(gigaflops: number): BoundProblem<HostTensor> {
  const sizes = { batch: 1, headDim: 64, numHeads: 4 }
  const seqlenQ = Math.round(Math.sqrt((gigaflops * 1e9) / (4 * 64 * sizes.numHeads)))
  const bound = randomCall({ ...sizes, seqlenQ })
  ;(bound.output.data as Float32Array).fill(0)
  return bound
}

/** The same call over memory of `hostTensor()`. */
export function inHostTensors(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  const copies = new Map<HostTensor, HostTensor>()
  const entries = Object.entries(bound).map(([role, value]) => {
    if (role === 'problem') return [role, value]
    const source = value as HostTensor
    const copy = copies.get(source) ?? hostTensor(source.shape, source.dtype)
    copies.set(source, copy)
    ;(copy.data as Float32Array).set(source.data as Float32Array)
    return [role, copy]
  })
  return Object.fromEntries(entries) as BoundProblem<HostTensor>
}

/** The same call with another, empty output. */
export function withNewOutput(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  return { ...bound, output: emptyTensor(bound.output.shape, bound.output.dtype) }
}
