import { describeValue } from '@attnkit/core'
import { decodeMessage } from './decode-message.js'
import { dtypeOfElementType } from './element-types.js'
import type { OnnxGraph, OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './model.js'
import { onnxFault, type Place, within } from './onnx-fault.js'
import { ONNX_DOMAIN } from './operators.js'
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto/onnx_pb.js'
import { readAttributes } from './read-attribute.js'
import { hostTensorOf } from './read-tensor.js'

/**
 * Reads a `ModelProto`, as `.onnx` files hold one: its nodes with their attributes, and the inputs, outputs
 * and initializers of its graph. `file` is what messages call it.
 * @throws AttentionError `invalid-argument` for bytes that are none, and for a model without a graph or
 * without versions of its operator sets.
 */
export function readModel(bytes: Uint8Array, file = 'the model'): OnnxModel {
  const place: Place = { operator: 'readModel', file, field: '' }
  const proto = decodeMessage(ModelProtoSchema, bytes, place)
  if (proto.graph === undefined) throw onnxFault(within(place, 'graph'), 'none', 'a graph')
  return {
    file,
    irVersion: Number(proto.irVersion),
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
    opsets: readOpsets(proto, place),
    graph: readGraph(proto.graph, within(place, 'graph')),
  }
}

function readOpsets({ opsetImport }: ModelProto, place: Place): ReadonlyMap<string, number> {
  const field = within(place, 'opset_import')
  if (opsetImport.length === 0) throw onnxFault(field, 'none', 'a version of each operator set')
  const opsets = new Map<string, number>()
  for (const { domain, version } of opsetImport) {
    const name = domain || ONNX_DOMAIN
    const number = Number(version)
    if (opsets.has(name)) throw onnxFault(field, `${describeValue(name)} twice`, 'each domain once')
    if (!Number.isSafeInteger(number) || number < 1) {
      throw onnxFault(field, `version ${version} of ${describeValue(name)}`, 'versions from 1 on')
    }
    opsets.set(name, number)
  }
  return opsets
}

function readGraph(proto: GraphProto, place: Place): OnnxGraph {
  return {
    name: proto.name,
    nodes: proto.node.map((node, at) => readNode(node, within(place, `node[${at}]`))),
    inputs: proto.input.map(readValue),
    outputs: proto.output.map(readValue),
    initializers: proto.initializer.map((tensor, at) =>
      readInitializer(tensor, within(place, `initializer[${at}]`)),
    ),
  }
}

function readNode(proto: NodeProto, place: Place): OnnxNode {
  if (proto.opType === '') throw onnxFault(within(place, 'op_type'), 'none', 'a name')
  return {
    name: proto.name,
    domain: proto.domain || ONNX_DOMAIN,
    opType: proto.opType,
    inputs: proto.input,
    outputs: proto.output,
    attributes: readAttributes(proto.attribute, place),
  }
}

function readValue({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.tensorType
  const shape = tensor?.shape?.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value)
    return value.value || null
  })
  return {
    name,
    dtype: tensor === undefined ? null : dtypeOfElementType(tensor.elemType),
    shape: shape ?? null,
  }
}

function readInitializer(proto: TensorProto, place: Place): OnnxInitializer {
  return { name: proto.name, read: () => hostTensorOf(proto, place) }
}
