import {
  type AttentionProblem,
  type BoundProblem,
  type CudaPlan,
  type DeviceProperties,
  type DeviceTensor,
  invalidArgument,
  type Stream,
  type TensorRole,
} from '@attnkit/core'
import type { KernelAddon } from '@attnkit/cuda-runtime'
import { CacheAppend } from './append.js'
import { chooseVariant } from './choose-variant.js'
import type { CudaFlashOptions } from './options.js'
import { FlashParams } from './params.js'
import { chooseSplits, type Splits, UNSPLIT } from './splits.js'
import { tileCounters } from './tile-counters.js'
import type { Variant } from './variants.js'

const ALIGNMENT_MASK = 15n
const ALIGNED_ROLES = [
  'q',
  'k',
  'v',
  'output',
  'pastKey',
  'pastValue',
  'presentKey',
  'presentValue',
] as const satisfies readonly TensorRole[]

/** How the thread blocks of a launch share its work. */
interface Sharing {
  /** Of a decode kernel; others have one. */
  readonly splits?: Splits
  /** How many of the stream's counters the kernel uses. */
  readonly counters?: number
}

/** A kernel chosen for a kind of problem. */
export class FlashPlan implements CudaPlan {
  readonly variant: string
  readonly workspaceBytes: number
  readonly workspaceContents = 'any'
  readonly counters: number
  readonly #index: number
  readonly #native: Pick<KernelAddon, 'launch'>
  readonly #append: CacheAppend
  // Filled and read within one call of enqueue().
  readonly #params: FlashParams

  constructor(
    { name, index }: Variant,
    native: Pick<KernelAddon, 'launch'>,
    { exactSoftmax }: Required<CudaFlashOptions>,
    append: CacheAppend,
    { splits = UNSPLIT, counters = 0 }: Sharing = {},
  ) {
    this.variant = name
    this.workspaceBytes = append.workspaceBytes + splits.workspaceBytes
    this.counters = counters
    this.#index = index
    this.#native = native
    this.#append = append
    this.#params = new FlashParams(exactSoftmax, splits)
  }

  enqueue(bound: BoundProblem<DeviceTensor>, workspace: null | DeviceTensor, stream: Stream): void {
    checkAlignment(bound)
    // Before any launch: they may have to be allocated.
    const counters = this.counters > 0 ? stream.counters(this.counters).pointer : 0n
    const attended = this.#append.enqueue(bound, workspace, stream)
    const params = this.#params.pack(attended, this.#kernelWorkspace(workspace), counters)
    this.#native.launch(bound.problem.operator, this.#index, params, stream)
  }

  /** The kernel's part of the workspace, which is behind the cache's; 0 if it needs none. */
  #kernelWorkspace(workspace: null | DeviceTensor): bigint {
    const isNeeded = this.workspaceBytes > this.#append.workspaceBytes
    return workspace && isNeeded ? workspace.pointer + BigInt(this.#append.workspaceBytes) : 0n
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
  const splits = variant.family === 'decode-sm80' ? chooseSplits(problem, variant, device) : UNSPLIT
  const counters = tileCounters(problem, variant, splits, device)
  const append = new CacheAppend(problem)
  return new FlashPlan(variant, native, options, append, { splits, counters })
}

/** Tensors of a caller's own memory may start anywhere; a misaligned access would lose the device. */
function checkAlignment(bound: BoundProblem<DeviceTensor>): void {
  let all = 0n
  for (const role of ALIGNED_ROLES) all |= bound[role]?.pointer ?? 0n
  if ((all & ALIGNMENT_MASK) === 0n) return
  const pointers = ALIGNED_ROLES.map((role) => [role, bound[role]?.pointer ?? 0n] as const)
  const crooked = pointers.filter(([, pointer]) => (pointer & ALIGNMENT_MASK) !== 0n)
  throw invalidArgument(
    bound.problem.operator,
    crooked.map(([role, pointer]) => ({
      path: `${role}.pointer`,
      found: `0x${pointer.toString(16)}`,
      required: 'a multiple of 16 bytes',
    })),
  )
}
