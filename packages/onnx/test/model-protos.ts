import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type NodeProtoSchema,
} from '../src/proto/onnx_pb.js'

export type ModelFields = MessageInitShape<typeof ModelProtoSchema>
export type NodeFields = MessageInitShape<typeof NodeProtoSchema>
export type AttributeFields = MessageInitShape<typeof AttributeProtoSchema>

/** The bytes of a model as a file might hold it, right or wrong. */
export function modelBytes(fields: ModelFields): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, fields))
}

/** A model of nodes, for the operator sets given. */
export function modelOf(
  node: NodeFields[],
  opsets: Readonly<Record<string, number>> = { '': 23, 'com.microsoft': 1 },
): Uint8Array {
  const opsetImport = Object.entries(opsets).map(([domain, version]) => ({
    domain,
    version: BigInt(version),
  }))
  return modelBytes({ irVersion: 10n, opsetImport, graph: { node } })
}

export const integer = (name: string, i: number | bigint): AttributeFields => ({
  name,
  type: AttributeType.INT,
  i: BigInt(i),
})

export const float = (name: string, f: number): AttributeFields => ({
  name,
  type: AttributeType.FLOAT,
  f,
})
