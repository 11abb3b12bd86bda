import type { OperatorResult } from '../attention-types.js'
import type { Device, Stream } from '../backend/device.js'
import type { BoundProblem } from '../backend/plan.js'
import type { Selection } from '../dispatch/dispatcher.js'
import { AttentionError } from '../errors/attention-error.js'
import type { LoweredCall, LoweredOutput, LoweredProjection } from '../operators/operator.js'
import type { AttentionTensors } from '../problem/attention-tensors.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { DeviceTensor, HostTensor, Tensor } from '../tensor/tensor.js'
import { deriveOnDevice } from './derive-on-device.js'
import { deriveOnHost } from './derive-on-host.js'
import { hasWork } from './has-work.js'
import { runOnDevice, runOnHost } from './run-selection.js'

/** A lowered call and the backend that runs it. */
export interface OperatorPlan {
  readonly lowered: LoweredCall
  readonly selection: Selection
}

type Named = Readonly<Record<string, unknown>>

/** The tensors of a call by role and by output name; those that nobody gave come from `allocate`. */
function bind(
  { problem, roles, outputs }: LoweredCall,
  tensors: Named,
  given: Named | undefined,
  allocate: (output: LoweredOutput) => Tensor,
) {
  const bound: Record<string, unknown> = { problem }
  for (const role in roles) bound[role] = tensors[roles[role as keyof typeof roles]!]
  const result: Record<string, unknown> = {}
  for (const output of outputs) {
    const tensor = given?.[output.name]
    const isGiven = typeof tensor === 'object' && tensor !== null
    const written = isGiven ? tensor : allocate(output)
    for (const role of output.roles) bound[role] = written
    result[output.name] = written
  }
  return { bound, result }
}

/** The product of two inputs by the backend that was chosen for it. */
async function project(
  selection: Selection,
  { input, weights, ...projection }: LoweredProjection,
  tensors: Named,
  threads: number,
): Promise<HostTensor> {
  const product =
    selection.deviceType === 'host'
      ? selection.backend.project?.(
          projection,
          // The place was checked.
          { input: tensors[input] as HostTensor, weights: tensors[weights] as HostTensor },
          threads,
        )
      : undefined
  if (product !== undefined) return product
  const message = `a backend without a projection was chosen for one`
  throw new AttentionError('internal', message, {})
}

/**
 * Copies the inputs that are read after the projection: the caller may change them meanwhile, but for
 * those that every call reads in place.
 */
function holdInputs(selection: Selection, roles: Record<string, unknown>, outputs: Named): void {
  const backend = selection.deviceType === 'host' ? selection.backend : undefined
  const written = new Set(Object.values(outputs))
  const copies = new Map<unknown, HostTensor>()
  for (const [role, given] of Object.entries(roles)) {
    if (given === undefined || written.has(given)) continue
    const tensor = given as HostTensor
    if (backend?.readsInPlace?.(tensor)) continue
    const copy = copies.get(tensor) ?? { ...tensor, data: tensor.data.slice() }
    copies.set(tensor, copy)
    roles[role] = copy
  }
}

/** Runs a call on host tensors that were checked. Their memory has been read when this returns. */
export async function runOperatorOnHost(
  { lowered, selection }: OperatorPlan,
  tensors: Readonly<Record<string, Tensor>>,
  given: Readonly<Record<string, Tensor>>,
  threads: number,
): Promise<OperatorResult> {
  const allocate = ({ shape, dtype }: LoweredOutput) => emptyTensor(shape, dtype)
  const { bound, result } = bind(lowered, tensors, given, allocate)
  const { problem, ...roles } = bound
  Object.assign(roles, deriveOnHost(lowered, tensors))
  let product: HostTensor | undefined
  if (lowered.projection !== undefined && hasWork(lowered.problem)) {
    holdInputs(selection, roles, result)
    product = await project(selection, lowered.projection, tensors, threads)
    Object.assign(roles, { q: product, k: product, v: product })
  }
  // The definition named a role for each tensor that its problem speaks of, and the place was checked.
  const hostTensors = roles as unknown as AttentionTensors<HostTensor>
  await runOnHost(selection, lowered.problem, hostTensors, threads)
  if (product && selection.deviceType === 'host') selection.backend.recycle?.(product)
  result.decision = selection.decision
  return result as unknown as OperatorResult
}

/** Enqueues a call on device tensors that were checked, and returns its outputs. */
export function runOperatorOnDevice(
  { lowered, selection }: OperatorPlan,
  tensors: Named,
  given: Named | undefined,
  device: Device,
  stream: Stream = device.defaultStream,
): OperatorResult {
  const allocated: DeviceTensor[] = []
  const allocate = ({ shape, dtype }: LoweredOutput) => {
    const tensor = device.empty(shape, dtype, { stream })
    allocated.push(tensor)
    return tensor
  }
  try {
    const { bound, result } = bind(lowered, tensors, given, allocate)
    const derived = deriveOnDevice(lowered, tensors, device, stream)
    try {
      Object.assign(bound, derived)
      const used: DeviceTensor[] = []
      for (const role in bound) if (role !== 'problem') used.push(bound[role] as DeviceTensor)
      runOnDevice(selection, bound as unknown as BoundProblem<DeviceTensor>, used, device, stream)
    } finally {
      for (const role in derived) derived[role]!.dispose()
    }
    result.decision = selection.decision
    return result as unknown as OperatorResult
  } catch (error) {
    for (const tensor of allocated) tensor.dispose()
    throw error
  }
}
