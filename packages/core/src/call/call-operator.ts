import type { CallOptions, OperatorResult } from '../attention-types.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { Attributes, OperatorDefinition } from '../operators/operator.js'
import { INDEX_DTYPES } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { CallContext } from './call-context.js'
import { checkCall } from './check-call.js'
import { type Place, placeOf, targetOf } from './place.js'
import { readFields, readInputs } from './read-inputs.js'
import { type RequestedOutputs, readOutputs } from './read-outputs.js'
import { checkStream } from './read-stream.js'
import { runOperatorOnDevice, runOperatorOnHost } from './run-operator.js'

type NamedTensors = Readonly<Record<string, Tensor>>

/** What a caller gave, read and found to hold together. */
export interface ReadCall extends RequestedOutputs {
  readonly tensors: NamedTensors
  readonly scalars: Readonly<Record<string, number>>
  readonly place: Place
}

/** Reads the inputs and options of a call. Throws with everything wrong with them. */
export function readCall(
  definition: OperatorDefinition,
  inputs: unknown,
  options: Pick<CallOptions, 'outputs' | 'stream'>,
): ReadCall {
  const { tensors, scalars } = readInputs(definition, inputs)
  const list = new FaultList()
  const outputs = readOutputs(definition, options.outputs, list)
  const given = Object.entries(outputs.given).map(
    ([name, tensor]) => [`outputs.${name}`, tensor] as const,
  )
  const place = placeOf([...Object.entries(tensors), ...given], list)
  checkStream(options.stream, place, list)
  if (!list.empty) throw invalidArgument(definition.name, list.faults)
  return { tensors, scalars, place, ...outputs }
}

/** The attributes that a caller gave, as an object. */
export function readAttributes(operator: string, attributes: unknown): Attributes {
  const list = new FaultList()
  const fields = readFields('attributes', attributes ?? {}, list)
  if (!list.empty) throw invalidArgument(operator, list.faults)
  return { ...fields } as Attributes
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
  const { tensors, scalars, place, requested, given } = readCall(definition, inputs, options)
  const checked = readAttributes(definition.name, attributes)
  const lowered = definition.lower(tensors, checked, scalars, requested)
  const indices = options.validateDevice ? await downloadIndices(definition, tensors) : {}
  checkCall(definition, lowered, tensors, given, { ...tensors, ...indices })
  const target = targetOf(place, context.deviceIndex)
  const selection = context.dispatcher.select(lowered.problem, target, options.policy)
  const plan = { lowered, selection }
  if (place.location === 'host') return runOperatorOnHost(plan, tensors, given, context.threads)
  return runOperatorOnDevice(plan, tensors, given, place.device, options.stream)
}
