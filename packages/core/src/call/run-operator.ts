import type { OperatorResult } from '../attention-types.js'
import type { Device, Stream } from '../backend/device.js'
import type { BoundProblem } from '../backend/plan.js'
import type { Selection } from '../dispatch/dispatcher.js'
import type { LoweredCall, LoweredOutput } from '../operators/operator.js'
import type { AttentionTensors } from '../problem/attention-tensors.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { DeviceTensor, HostTensor, Tensor } from '../tensor/tensor.js'
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
    result[output.name] = bound[output.role] = isGiven ? tensor : allocate(output)
  }
  return { bound, result }
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
  // The definition named a role for each tensor that its problem speaks of, and the place was checked.
  const hostTensors = roles as unknown as AttentionTensors<HostTensor>
  await runOnHost(selection, lowered.problem, hostTensors, threads)
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
    const used: DeviceTensor[] = []
    for (const role in bound) if (role !== 'problem') used.push(bound[role] as DeviceTensor)
    runOnDevice(selection, bound as unknown as BoundProblem<DeviceTensor>, used, device, stream)
    result.decision = selection.decision
    return result as unknown as OperatorResult
  } catch (error) {
    for (const tensor of allocated) tensor.dispose()
    throw error
  }
}
