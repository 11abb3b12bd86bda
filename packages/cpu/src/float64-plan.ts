import { type BoundProblem, type HostPlan, type HostTensor, writeOutputs } from '@attnkit/core'
import type { CpuAddon } from './cpu-addon.js'
import { computeFloat64 } from './float64-attention.js'

/** A problem whose softmax is to be in float64: all of it is, and the results are rounded once. */
export class Float64Plan implements HostPlan {
  readonly variant: string
  readonly workspaceBytes = 0
  readonly #addon: CpuAddon
  readonly #mostThreads: number

  constructor(variant: string, addon: CpuAddon, mostThreads: number) {
    this.variant = variant
    this.#addon = addon
    this.#mostThreads = mostThreads
  }

  /** Inputs are read before this returns; outputs are written in slices of a few milliseconds. */
  async execute(tensors: BoundProblem<HostTensor>, threads: number): Promise<void> {
    const count = Math.max(1, Math.min(threads, this.#mostThreads))
    const held = holdLengths(tensors)
    await writeOutputs(held, await computeFloat64(this.#addon, held, count))
  }
}

/** Lengths tell which rows of the results are written, after the caller may have changed them. */
function holdLengths(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  const { pastSeqlens } = bound
  if (pastSeqlens === undefined) return bound
  return { ...bound, pastSeqlens: { ...pastSeqlens, data: pastSeqlens.data.slice() } as HostTensor }
}
