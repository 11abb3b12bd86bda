import type { CallOptions, OperatorResult } from '../attention-types.js'
import { FaultList } from '../errors/fault-list.js'
import type { OperatorDefinition } from '../operators/operator.js'
import { INDEX_DTYPES } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { CallContext } from './call-context.js'
import { checkCall } from './check-call.js'
import { checkStream } from './check-stream.js'
import { readAttributes } from './lower-call.js'
import { lowerKnownCall } from './lower-known-call.js'
import { needsOf } from './needs-of.js'
import { type Place, placeOf, targetOf } from './place.js'
import { type CallArguments, readInputs } from './read-inputs.js'
import { type RequestedOutputs, readOutputs } from './read-outputs.js'
import { runOperatorOnDevice, runOperatorOnHost } from './run-operator.js'

type NamedTensors = Readonly<Record<string, Tensor>>

/** What a caller gave, as far as it holds together. */
export interface ReadCall extends CallArguments, RequestedOutputs {
  readonly place: Place
}

/** Reads the inputs and options of a call. Notes everything wrong with them. */
export function readCall(
  definition: OperatorDefinition,
  inputs: unknown,
  options: Pick<CallOptions, 'outputs' | 'stream'>,
  list: FaultList,
): ReadCall {
  const args = readInputs(definition, inputs, list)
  const outputs = readOutputs(definition, options.outputs, list)
  const given = Object.entries(outputs.given).map(
    ([name, tensor]) => [`outputs.${name}`, tensor] as const,
  )
  const place = placeOf([...Object.entries(args.tensors), ...given], list)
  checkStream(options.stream, place, list)
  return { ...args, ...outputs, place }
}

/** Index tensors that are on a device, copied to the host so that their values can be checked. */
async function downloadIndices(
  { inputs }: OperatorDefinition,
  tensors: NamedTensors,
): Promise<NamedTensors> {
  const isIndex = (dtype: string) => (INDEX_DTYPES as readonly string[]).includes(dtype)
  const copies: Record<string, Tensor> = {}
  for (const { name, dtypes } of inputs) {
    const tensor = tensors[name]
    if (tensor?.location !== 'cuda' || !dtypes.every(isIndex)) continue
    copies[name] = await tensor.device.download(tensor)
  }
  return copies
}

/** Validates, lowers, dispatches and runs one call of an operator. */
export async function callOperator(
  context: CallContext,
  definition: OperatorDefinition,
  inputs: unknown,
  attributes: unknown,
  options: CallOptions,
): Promise<OperatorResult> {
  const list = new FaultList()
  const call = readCall(definition, inputs, options, list)
  const { tensors, place, given } = call
  const checked = readAttributes(attributes, list)
  const args = { ...call, specs: tensors }
  const lowered = lowerKnownCall(context.lowered, definition, args, checked, list)
  const indices = options.validateDevice ? await downloadIndices(definition, tensors) : {}
  checkCall(definition, lowered, tensors, given, { ...tensors, ...indices })
  const target = targetOf(place, context.deviceIndex)
  const needs = needsOf(lowered)
  const selection = context.dispatcher.select(lowered.problem, target, options.policy, needs)
  const plan = { lowered, selection }
  if (place.location === 'host') return runOperatorOnHost(plan, tensors, given, context.threads)
  return runOperatorOnDevice(plan, tensors, given, place.device, options.stream)
}
