import type { Device } from '../backend/device.js'
import type { BoundProblem, CudaPlan } from '../backend/plan.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors, TensorRole } from '../problem/attention-tensors.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import { elementCount } from '../tensor/shape.js'
import type { DeviceTensor, HostTensor } from '../tensor/tensor.js'
import { enqueuePlan } from './enqueue-plan.js'

/** Elements of an output that a call writes; the rest of its tensor keeps what was there. */
function writtenElements(problem: AttentionProblem, role: TensorRole): number {
  const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV, varlen, past } = problem
  if (varlen) return 0
  // Rows behind a past that is shorter than others are left as they are.
  if (past?.perBatch && (role === 'presentKey' || role === 'presentValue')) return 0
  switch (role) {
    case 'output':
      return batch * seqlenQ * numHeads * headDimV
    case 'presentKey':
      return batch * numHeadsKv * seqlenK * headDim
    case 'presentValue':
      return batch * numHeadsKv * seqlenK * headDimV
    case 'qk':
      return batch * numHeads * seqlenQ * seqlenK
    case 'softmaxLse':
      return batch * numHeads * seqlenQ
    default:
      return 0
  }
}

/** The copies on a device of the host tensors of one call. */
class StagedTensors {
  readonly #device: Device
  readonly #copies = new Map<HostTensor, DeviceTensor>()

  constructor(device: Device) {
    this.#device = device
  }

  /** The copy of `tensor`: one for each, so that tensors that were the same still are. */
  stage(tensor: HostTensor, contents: boolean): DeviceTensor {
    const known = this.#copies.get(tensor)
    if (known !== undefined) return known
    const { shape, dtype } = tensor
    const copy = contents ? this.#device.upload(tensor) : this.#device.empty(shape, dtype)
    this.#copies.set(tensor, copy)
    return copy
  }

  get all(): readonly DeviceTensor[] {
    return [...this.#copies.values()]
  }

  dispose(): void {
    for (const copy of this.#copies.values()) copy.dispose()
  }
}

/**
 * Runs host tensors on a device: uploads the inputs, enqueues, downloads the outputs. The host's memory
 * has been read when this returns its promise.
 */
export async function runStaged(
  plan: CudaPlan,
  problem: AttentionProblem,
  tensors: AttentionTensors<HostTensor>,
  device: Device,
): Promise<void> {
  const staged = new StagedTensors(device)
  const bound: Record<string, unknown> = { problem }
  const outputs: [HostTensor, DeviceTensor][] = []
  const specs = tensorSpecs(problem)
  try {
    const roles = Object.entries(tensors) as [TensorRole, HostTensor | undefined][]
    const isWritten = (role: TensorRole) => specs[role]?.access === 'write'
    for (const [role, tensor] of roles.sort(
      ([a], [b]) => Number(isWritten(a)) - Number(isWritten(b)),
    )) {
      if (tensor === undefined) continue
      const whole = writtenElements(problem, role) === elementCount(tensor.shape)
      const copy = staged.stage(tensor, !isWritten(role) || !whole)
      bound[role] = copy
      if (isWritten(role)) outputs.push([tensor, copy])
    }
    const stream = device.defaultStream
    // Every role that the tensors have is there now, on the device.
    enqueuePlan(plan, bound as unknown as BoundProblem<DeviceTensor>, staged.all, device, stream)
    await Promise.all(outputs.map(([into, copy]) => device.download(copy, { into })))
  } finally {
    staged.dispose()
  }
}
