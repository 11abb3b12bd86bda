import type { HostTensor } from '@attnkit/core'
import { create, toBinary } from '@bufbuild/protobuf'
import { ELEMENT_TYPES } from './element-types.js'
import { TensorProtoSchema } from './proto/onnx_pb.js'

/** A host tensor as the bytes of a `TensorProto`, its elements in `raw_data`. */
export function writeTensor(
  { dtype, shape, data }: HostTensor,
  name = '',
): Uint8Array<ArrayBuffer> {
  const proto = create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: ELEMENT_TYPES[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  })
  return toBinary(TensorProtoSchema, proto)
}
