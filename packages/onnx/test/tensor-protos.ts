import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { TensorProtoSchema } from '../src/proto/onnx_pb.js'

/** The bytes of a tensor as a file might hold it, right or wrong. */
export function tensorBytes(fields: MessageInitShape<typeof TensorProtoSchema>): Uint8Array {
  return toBinary(TensorProtoSchema, create(TensorProtoSchema, fields))
}
