import { describeValue } from '@attnkit/core'
import type { OnnxAttribute, OnnxAttributeValue } from './model.js'
import { onnxFault, type Place, within } from './onnx-fault.js'
import { type AttributeProto, AttributeProto_AttributeType as Type } from './proto/onnx_pb.js'

/** The attributes of a node by name. */
export function readAttributes(
  protos: readonly AttributeProto[],
  place: Place,
): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>()
  for (const proto of protos) {
    const { name } = proto
    const field = within(place, `attribute ${describeValue(name)}`)
    if (attributes.has(name)) throw onnxFault(field, 'it twice', 'each attribute once')
    const type = Type[proto.type]
    if (type === undefined || proto.type === Type.UNDEFINED) {
      throw onnxFault(within(field, 'type'), type ?? `number ${proto.type}`, 'FLOAT, INT, INTS, …')
    }
    attributes.set(name, { name, type, value: attributeValue(proto) })
  }
  return attributes
}

function attributeValue(proto: AttributeProto): OnnxAttributeValue {
  switch (proto.type) {
    case Type.FLOAT:
      return proto.f
    case Type.INT:
      return exact(proto.i)
    case Type.STRING:
      return text(proto.s)
    case Type.FLOATS:
      return proto.floats
    case Type.INTS:
      return proto.ints.map(exact)
    case Type.STRINGS:
      return proto.strings.map(text)
    default:
      return null
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
