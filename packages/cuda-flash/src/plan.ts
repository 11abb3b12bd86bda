import {
  AttentionError,
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
import type { CacheAppend } from './append.js'
import { estimateVariant } from './estimate.js'
import type { CudaFlashOptions } from './options.js'
import { FlashParams } from './params.js'
import { type Variant, variantsFor } from './variants.js'

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

/** A kernel chosen for a kind of problem. */
export class FlashPlan implements CudaPlan {
  readonly variant: string
  readonly workspaceBytes: number
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
  ) {
    this.variant = name
    this.#index = index
    this.workspaceBytes = append.workspaceBytes
    this.#native = native
    this.#append = append
    this.#params = new FlashParams(exactSoftmax)
  }

  enqueue(bound: BoundProblem<DeviceTensor>, workspace: null | DeviceTensor, stream: Stream): void {
    checkAlignment(bound)
    const attended = this.#append.enqueue(bound, workspace, stream)
    const params = this.#params.pack(attended)
    this.#native.launch(bound.problem.operator, this.#index, params, stream)
  }
}

/** The kernel expected to be fastest. Throws `internal` where no kernel serves the problem. */
export function chooseVariant(problem: AttentionProblem, device: DeviceProperties): Variant {
  const [first, ...others] = candidates(problem, device)
  if (first === undefined) {
    throw new AttentionError(
      'internal',
      `${problem.operator}: cuda-flash has no kernel for head dims ${problem.headDim} and ${problem.headDimV} in ${problem.dtype}. Ask supports() first.`,
      { operator: problem.operator },
    )
  }
  const time = (variant: Variant) => estimateVariant(problem, variant, device)
  return others.reduce((best, one) => (time(one) < time(best) ? one : best), first)
}

/** Those made for sequences as short as the problem's, else those made for any. */
function candidates(problem: AttentionProblem, device: DeviceProperties): readonly Variant[] {
  const all = variantsFor(problem, device)
  const short = all.filter(({ up_to_seqlen_k: most = 0 }) => problem.seqlenK <= most)
  return short.length > 0 ? short : all.filter((one) => one.up_to_seqlen_k === undefined)
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
