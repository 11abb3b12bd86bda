import {
  type AttributeDeclaration,
  type AttributeValue,
  describeValue,
  type OperatorDefinition,
} from '@attnkit/core'
import type { OnnxAttribute, OnnxModel, OnnxNode } from './model.js'
import { onnxFault, type Place, within } from './onnx-fault.js'
import { findOperator, firstVersion, onnxName } from './operators.js'

/** A node of a model as a call of an operator of `@attnkit/core`. */
export interface OperatorCall {
  /** The node in messages: its name where it has one, else its place. */
  readonly node: string
  readonly definition: OperatorDefinition
  /** The version of the operator set that the model asks for. */
  readonly opset: number
  /** The value of the graph in each input, by the input's name in core. */
  readonly inputs: Readonly<Record<string, string>>
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** The value of the graph that each output becomes, by the output's name in core. */
  readonly outputs: Readonly<Record<string, string>>
}

/**
 * The attention nodes of a model, in its order: `ai.onnx::Attention` and ONNX Runtime's operators, as far as
 * core has them. Inputs and outputs are told by their position, attributes by their name.
 * @throws AttentionError `invalid-argument` for a node that its operator's declarations, or the version of
 * the operator set that the model asks for, do not allow.
 */
export function operatorCalls(model: OnnxModel): readonly OperatorCall[] {
  return model.graph.nodes.flatMap((node, at) => {
    const definition = findOperator(node.domain, node.opType)
    return definition === undefined ? [] : [operatorCall(model, node, definition, at)]
  })
}

function operatorCall(
  { file, opsets }: OnnxModel,
  node: OnnxNode,
  definition: OperatorDefinition,
  at: number,
): OperatorCall {
  const place: Place = { operator: definition.name, file, field: `graph.node[${at}]` }
  const opset = opsets.get(node.domain)
  const first = firstVersion(definition)
  if (opset === undefined || opset < first) {
    const found = opset === undefined ? `no version of ${node.domain}` : `${node.domain} ${opset}`
    throw onnxFault({ ...place, field: 'opset_import' }, found, `${node.domain} ${first} or newer`)
  }
  return {
    node: node.name === '' ? `node[${at}]` : `node ${describeValue(node.name)}`,
    definition,
    opset,
    inputs: byPosition(node.inputs, definition.inputs, opset, within(place, 'input')),
    attributes: attributesOf(node, definition, opset, place),
    outputs: byPosition(node.outputs, definition.outputs, opset, within(place, 'output')),
  }
}

interface Declaration {
  readonly name: string
  readonly since?: number
}

function byPosition(
  values: readonly string[],
  declared: readonly Declaration[],
  opset: number,
  place: Place,
): Readonly<Record<string, string>> {
  const named: Record<string, string> = {}
  values.forEach((value, at) => {
    if (value === '') return
    const declaration = declared[at]
    if (declaration === undefined) {
      throw onnxFault(place, `${values.length} of them`, `at most ${declared.length}`)
    }
    requireVersion(declaration, opset, place)
    named[declaration.name] = value
  })
  return named
}

function requireVersion({ name, since = 1 }: Declaration, opset: number, place: Place): void {
  if (opset >= since) return
  throw onnxFault(place, `${name} with operator set ${opset}`, `operator set ${since} or newer`)
}

function attributesOf(
  { attributes }: OnnxNode,
  definition: OperatorDefinition,
  opset: number,
  place: Place,
): Readonly<Record<string, AttributeValue>> {
  const declared = new Map(definition.attributes.map((one) => [onnxName(one.name), one]))
  const values: Record<string, AttributeValue> = {}
  for (const attribute of attributes.values()) {
    const field = within(place, `attribute ${describeValue(attribute.name)}`)
    const declaration = declared.get(attribute.name)
    if (declaration === undefined) {
      throw onnxFault(field, 'an unknown attribute', `one of ${[...declared.keys()].join(', ')}`)
    }
    requireVersion(declaration, opset, field)
    values[declaration.name] = attributeValue(attribute, declaration, field)
  }
  return values
}

/** ONNX's kind of each type of attribute; truths are integers there. */
export const ATTRIBUTE_KINDS = {
  integer: 'INT',
  boolean: 'INT',
  integers: 'INTS',
  number: 'FLOAT',
  string: 'STRING',
} as const satisfies Readonly<Record<AttributeDeclaration['type'], string>>

function attributeValue(
  { type, value }: OnnxAttribute,
  declaration: AttributeDeclaration,
  field: Place,
): AttributeValue {
  const required = ATTRIBUTE_KINDS[declaration.type]
  if (type !== required) throw onnxFault(field, `its kind ${type}`, required)
  if (typeof value === 'string') return value
  const numbers = Array.isArray(value) ? value : [value]
  if (!numbers.every((one) => typeof one === 'number')) {
    throw onnxFault(field, describeValue(value), 'whole numbers of at most 2^53 - 1')
  }
  return value as number | readonly number[]
}
