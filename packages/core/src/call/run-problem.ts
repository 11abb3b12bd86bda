import type { ComputeOptions, PlannedProblem, PrepareOptions } from '../attention-types.js'
import type { Stream } from '../backend/device.js'
import type { Decision } from '../dispatch/decision.js'
import type { Selection } from '../dispatch/dispatcher.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors } from '../problem/attention-tensors.js'
import { indexFaults } from '../problem/index-faults.js'
import type { DeviceTensor, HostTensor, Tensor } from '../tensor/tensor.js'
import type { CallContext } from './call-context.js'
import { type ProblemCall, readProblem, readProblemTensors } from './check-problem-call.js'
import { guard, guardAsync } from './guard.js'
import { targetOf } from './place.js'
import { readOptions } from './read-options.js'
import { runOnDevice, runOnHost } from './run-selection.js'

/** Runs tensors that were checked against their problem. */
function runProblem(
  context: CallContext,
  selection: Selection,
  problem: AttentionProblem,
  { tensors, place }: ProblemCall,
  stream: Stream | undefined,
): void | Promise<void> {
  // The place was checked: all tensors are there.
  if (place.location === 'host') {
    const onHost = tensors as AttentionTensors<HostTensor>
    return runOnHost(selection, problem, onHost, context.threads)
  }
  const { device } = place
  const onDevice = tensors as AttentionTensors<DeviceTensor>
  const used: readonly DeviceTensor[] = Object.values(onDevice)
  runOnDevice(selection, { ...onDevice, problem }, used, device, stream ?? device.defaultStream)
}

/** The index tensors of a problem that are on a device, copied to the host. */
async function downloadIndices(tensors: AttentionTensors): Promise<Partial<AttentionTensors>> {
  const copies: Record<string, Tensor> = {}
  for (const role of ['mask', 'cuSeqlensQ', 'cuSeqlensK', 'causalOffset'] as const) {
    const tensor = tensors[role]
    if (tensor?.location === 'cuda') copies[role] = await tensor.device.download(tensor)
  }
  return copies
}

/** Validates, dispatches and runs one problem. */
export async function computeProblem(
  context: CallContext,
  given: AttentionProblem,
  tensors: AttentionTensors,
  options: ComputeOptions,
): Promise<{ readonly decision: Decision }> {
  const problem = readProblem(given)
  const call = readProblemTensors(problem, tensors, options.stream)
  if (options.validateDevice) {
    const faults = indexFaults(problem, await downloadIndices(call.tensors))
    if (faults.length > 0) throw invalidArgument(problem.operator, faults)
  }
  const target = targetOf(call.place, context.deviceIndex)
  const selection = context.dispatcher.select(problem, target, options.policy)
  await runProblem(context, selection, problem, call, options.stream)
  return { decision: selection.decision }
}

/** Validates, dispatches and plans a problem; what it returns checks the tensors of each run. */
export function planProblem(
  context: CallContext,
  given: AttentionProblem,
  { location = 'host', policy }: Pick<PrepareOptions, 'policy' | 'location'>,
): PlannedProblem {
  const problem = readProblem(given)
  const { deviceIndex } = context
  const selection = context.dispatcher.select(problem, { location, deviceIndex }, policy)
  const { operator } = problem
  const run = (tensors: AttentionTensors, options: Pick<ComputeOptions, 'stream'> | undefined) => {
    context.assertUsable(operator)
    const { stream } = readOptions(operator, options)
    const call = readProblemTensors(problem, tensors, stream)
    const found = call.place.location
    const index = call.place.location === 'cuda' ? call.place.device.index : deviceIndex
    if (found !== location || index !== deviceIndex) {
      const where = found === 'host' ? 'host' : `cuda:${index}`
      const required =
        location === 'host' ? 'tensors on the host' : `tensors on cuda:${deviceIndex}`
      throw invalidArgument(operator, [{ path: 'tensors', found: `tensors on ${where}`, required }])
    }
    return runProblem(context, selection, problem, call, stream)
  }
  return {
    decision: selection.decision,
    run: (tensors, options) =>
      location === 'cuda'
        ? guard(operator, () => run(tensors, options))
        : guardAsync(operator, async () => run(tensors, options)),
  }
}
