import {
  type AttentionProblem,
  type BoundProblem,
  type CudaPlan,
  type DeviceProperties,
  type DeviceTensor,
  invalidArgument,
  type Stream,
} from '@attnkit/core'
import type { KernelAddon } from '@attnkit/cuda-runtime'
import { chooseVariant } from './choose-variant.js'
import type { CudaFlashOptions } from './options.js'
import { FlashParams } from './params.js'
import { chooseSplits, type Splits, UNSPLIT } from './splits.js'
import type { Variant } from './variants.js'

const ALIGNMENT_MASK = 15n

/** A kernel chosen for a kind of problem. */
export class FlashPlan implements CudaPlan {
  readonly variant: string
  readonly workspaceBytes: number
  readonly workspaceContents = 'any'
  readonly #index: number
  readonly #native: Pick<KernelAddon, 'launch'>
  // Filled and read within one call of enqueue().
  readonly #params: FlashParams

  /** `splits`: of a decode kernel; the others know none. */
  constructor(
    { name, index }: Variant,
    native: Pick<KernelAddon, 'launch'>,
    { exactSoftmax }: Required<CudaFlashOptions>,
    splits: Splits = UNSPLIT,
  ) {
    this.variant = name
    this.workspaceBytes = splits.workspaceBytes
    this.#index = index
    this.#native = native
    this.#params = new FlashParams(exactSoftmax, splits)
  }

  enqueue(bound: BoundProblem<DeviceTensor>, workspace: null | DeviceTensor, stream: Stream): void {
    checkAlignment(bound)
    const params = this.#params.pack(bound, workspace?.pointer)
    this.#native.launch(bound.problem.operator, this.#index, params, stream)
  }
}

/** The plan for a problem: the kernel expected to be fastest, and how it shares out the keys. */
export function planFor(
  problem: AttentionProblem,
  device: DeviceProperties,
  native: Pick<KernelAddon, 'launch'>,
  options: Required<CudaFlashOptions>,
): FlashPlan {
  const variant = chooseVariant(problem, device)
  if (variant.family !== 'decode-sm80') return new FlashPlan(variant, native, options)
  return new FlashPlan(variant, native, options, chooseSplits(problem, variant, device))
}

/** Tensors of a caller's own memory may start anywhere; a misaligned access would lose the device. */
function checkAlignment(bound: BoundProblem<DeviceTensor>): void {
  const { q, k, v, output } = bound
  const all = q.pointer | (k?.pointer ?? 0n) | (v?.pointer ?? 0n) | output.pointer
  if ((all & ALIGNMENT_MASK) === 0n) return
  const crooked = Object.entries({ q, k, v, output }).filter(
    ([, tensor]) => tensor !== undefined && (tensor.pointer & ALIGNMENT_MASK) !== 0n,
  )
  throw invalidArgument(
    bound.problem.operator,
    crooked.map(([role, { pointer }]) => ({
      path: `${role}.pointer`,
      found: `0x${pointer.toString(16)}`,
      required: 'a multiple of 16 bytes',
    })),
  )
}
