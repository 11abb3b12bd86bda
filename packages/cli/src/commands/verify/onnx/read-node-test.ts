import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describeValue, type HostTensor, type Reason, shapeText } from '@attnkit/core'
import {
  type OnnxModel,
  type OnnxValue,
  type OperatorCall,
  operatorCalls,
  readModel,
  readTensor,
} from '@attnkit/onnx'
import { fileError } from '../../../files/file-fault.js'
import { readFileBytes } from '../../../files/read-file-bytes.js'
import type { NodeTest } from './find-node-tests.js'

type NamedTensors = Readonly<Record<string, HostTensor>>

/** Operators or sizes in a message. */
const MAX_SHOWN = 6

/** A node test in memory: a call, and what must come of it. */
export interface ReadNodeTest {
  readonly call: OperatorCall
  /** By the operator's names. */
  readonly inputs: NamedTensors
  readonly expected: NamedTensors
}

/**
 * Reads a node test from its files. A reason for a model of another operator, or of several nodes.
 * @throws AttentionError `invalid-argument` for files that are not as they must be
 */
export async function readNodeTest({
  model: file,
  dataSet,
}: NodeTest): Promise<ReadNodeTest | Reason> {
  const model = readModel(await readFileBytes(file), basename(file))
  const { inputs, outputs, initializers } = model.graph
  const call = onlyCall(model)
  if ('code' in call) return call
  const stored = new Map(initializers.map((one) => [one.name, one]))
  const fed = inputs.filter(({ name }) => !stored.has(name))
  const given = await readTensors(dataSet, 'input', fed)
  const wanted = await readTensors(dataSet, 'output', outputs)
  const tensorOf = (name: string) => given.get(name) ?? stored.get(name)?.read()
  return {
    call,
    inputs: byOperatorNames(model, call.inputs, tensorOf),
    expected: expectedOutputs(model, call, wanted),
  }
}

/** The call of a model of one attention node; why not, for any other model. */
function onlyCall(model: OnnxModel): OperatorCall | Reason {
  const calls = operatorCalls(model)
  const { nodes } = model.graph
  if (calls.length === 1 && nodes.length === 1) return calls[0]!
  const operators = new Set(nodes.map(({ domain, opType }) => `${domain}::${opType}`))
  const names = [...operators].map(describeValue)
  const shown = names.length > MAX_SHOWN ? [...names.slice(0, MAX_SHOWN), '…'] : names
  return {
    code: 'not-supported-yet',
    subject: 'graph',
    found: nodes.length === 1 ? shown.join() : `${nodes.length} nodes (${shown.join(', ')})`,
    required: 'one node, of an attention operator',
  }
}

/** The tensors of `input_*.pb` or `output_*.pb`, one for each value of the graph, in its order. */
async function readTensors(
  folder: string,
  kind: 'input' | 'output',
  values: readonly OnnxValue[],
): Promise<ReadonlyMap<string, HostTensor>> {
  const pattern = new RegExp(`^${kind}_\\d+\\.pb$`)
  const files = (await readdir(folder)).filter((name) => pattern.test(name))
  if (files.length !== values.length) {
    const required = `${values.length}, as many as the graph has`
    const field = `${kind}_*.pb`
    throw fileError({ file: basename(folder), field, found: `${files.length} files`, required })
  }
  const tensors = new Map<string, HostTensor>()
  for (const [at, value] of values.entries()) {
    const name = `${kind}_${at}.pb`
    const { tensor } = readTensor(await readFileBytes(join(folder, name)), name)
    requireAgreement(name, tensor, value)
    tensors.set(value.name, tensor)
  }
  return tensors
}

/** Refuses a tensor that is not what the graph says of its value. */
function requireAgreement(file: string, { dtype, shape }: HostTensor, value: OnnxValue): void {
  const sizes = value.shape ?? shape
  const fits =
    (value.dtype ?? dtype) === dtype &&
    sizes.length === shape.length &&
    sizes.every((size, axis) => typeof size !== 'number' || size === shape[axis])
  if (fits) return
  const required = `${valueText(value)}, as the graph says`
  throw fileError({ file, field: 'tensor', found: `${dtype} ${shapeText(shape)}`, required })
}

function valueText({ dtype, shape }: OnnxValue): string {
  const type = dtype ?? 'any dtype'
  if (shape === null) return type
  if (shape.length > MAX_SHOWN) return `${type} of ${shape.length} dimensions`
  const sizes = shape.map((size) =>
    typeof size === 'string' ? describeValue(size) : (size ?? '?'),
  )
  return `${type} (${sizes.join(', ')})`
}

function byOperatorNames(
  { file }: OnnxModel,
  names: Readonly<Record<string, string>>,
  tensorOf: (name: string) => HostTensor | undefined,
): NamedTensors {
  const tensors: Record<string, HostTensor> = {}
  for (const [name, value] of Object.entries(names)) {
    const tensor = tensorOf(value)
    if (tensor === undefined) {
      const found = `the value ${describeValue(value)}`
      const required = 'an input of the graph, or an initializer'
      throw fileError({ file, field: `graph.node[0].input ${name}`, found, required })
    }
    tensors[name] = tensor
  }
  return tensors
}

function expectedOutputs(
  { file }: OnnxModel,
  call: OperatorCall,
  wanted: ReadonlyMap<string, HostTensor>,
): NamedTensors {
  const expected: Record<string, HostTensor> = {}
  if (wanted.size === 0) {
    throw fileError({ file, field: 'graph.output', found: 'none', required: 'one or more' })
  }
  for (const [value, tensor] of wanted) {
    const name = Object.keys(call.outputs).find((one) => call.outputs[one] === value)
    if (name === undefined) {
      const field = 'graph.output'
      const found = `the value ${describeValue(value)}`
      throw fileError({ file, field, found, required: 'an output of the node' })
    }
    expected[name] = tensor
  }
  return expected
}
