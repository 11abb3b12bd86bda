import type { AttentionProblem, BoundProblem, HostPlan, HostTensor } from '@attnkit/core'
import type { CpuAddon } from './cpu-addon.js'
import { packProblem } from './pack-problem.js'
import { tensorArrays } from './tensor-arrays.js'
import { untilDone } from './until-done.js'

/** A planned problem on the kernels of this machine. */
export class CpuPlan implements HostPlan {
  readonly variant: string
  /** The kernels' scratch is native memory of the threads. */
  readonly workspaceBytes = 0
  readonly #addon: CpuAddon
  readonly #mostThreads: number
  /** The last problem and its numbers: a planned call comes with the same one each time. */
  #packed: { readonly problem: AttentionProblem; readonly values: Float64Array } | undefined

  constructor(variant: string, addon: CpuAddon, mostThreads: number) {
    this.variant = variant
    this.#addon = addon
    this.#mostThreads = mostThreads
  }

  /**
   * Plain arrays are copied before this returns, and the outputs to them before the promise resolves;
   * memory of `hostTensor()` is used in place. Work of less than half a millisecond, or no longer
   * than its copies would take, is done when this returns.
   */
  async execute(tensors: BoundProblem<HostTensor>, threads: number): Promise<void> {
    const { problem } = tensors
    const arrays = tensorArrays(tensors)
    const values = this.#valuesOf(problem)
    const count = Math.max(1, Math.min(threads, this.#mostThreads))
    await untilDone(problem.operator, (done) => this.#addon.attend(values, arrays, count, done))
  }

  #valuesOf(problem: AttentionProblem): Float64Array {
    if (this.#packed?.problem !== problem) this.#packed = { problem, values: packProblem(problem) }
    return this.#packed.values
  }
}
