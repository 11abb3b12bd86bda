import type { HostTensor } from '@attnkit/core'
import { create, toBinary } from '@bufbuild/protobuf'
import { ELEMENT_TYPES } from './element-types.js'
import { type TensorProto, TensorProtoSchema } from './proto/onnx_pb.js'

/** A host tensor as the bytes of a `TensorProto`, its elements in `raw_data`. */
export function writeTensor(tensor: HostTensor, name = ''): Uint8Array<ArrayBuffer> {
  return toBinary(TensorProtoSchema, tensorProto(tensor, name))
}

/** A host tensor as a message, over the same elements. */
export function tensorProto({ dtype, shape, data }: HostTensor, name: string): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: ELEMENT_TYPES[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  })
}
