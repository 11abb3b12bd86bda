import { DTYPES, describeValue, elementCount, type HostTensor, tensor } from '@attnkit/core'
import { decodeMessage } from './decode-message.js'
import { dtypeOfElementType, ELEMENT_TYPES, elementTypeName } from './element-types.js'
import { onnxFault, type Place, within } from './onnx-fault.js'
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from './proto/onnx_pb.js'
import { tensorElements } from './tensor-elements.js'
import { tensorShape } from './tensor-shape.js'

/** A tensor of an ONNX file, and its name there; empty where it has none. */
export interface NamedTensor {
  readonly name: string
  readonly tensor: HostTensor
}

/**
 * Reads a `TensorProto`, as ONNX's `.pb` files hold one. `file` is what messages call it.
 * @throws AttentionError `invalid-argument` for bytes that are none, for element types that attention does
 * not have, for data in other files, and where data and dims do not agree.
 */
export function readTensor(bytes: Uint8Array, file = 'the tensor'): NamedTensor {
  const place: Place = { operator: 'readTensor', file, field: '' }
  const proto = decodeMessage(TensorProtoSchema, bytes, place)
  return { name: proto.name, tensor: hostTensorOf(proto, place) }
}

/** The tensor that a message holds. */
export function hostTensorOf(proto: TensorProto, place: Place): HostTensor {
  const dtype = dtypeOfElementType(proto.dataType)
  if (dtype === null) {
    const required = DTYPES.map((one) => elementTypeName(ELEMENT_TYPES[one])).join(', ')
    throw onnxFault(within(place, 'data_type'), elementTypeName(proto.dataType), required)
  }
  requireWhole(proto, place)
  const shape = tensorShape(proto.dims, place)
  const data = tensorElements(proto, dtype, elementCount(shape), place)
  return tensor(data as Float32Array, shape, dtype as 'float32')
}

function requireWhole(proto: TensorProto, place: Place): void {
  const isExternal = proto.dataLocation !== TensorProto_DataLocation.DEFAULT
  if (isExternal || proto.externalData.length > 0) {
    const location = proto.externalData.find(({ key }) => key === 'location')?.value
    const found = location === undefined ? 'data in another file' : describeValue(location)
    throw onnxFault(within(place, 'external_data'), found, 'data in the tensor itself')
  }
  if (proto.segment !== undefined) {
    throw onnxFault(within(place, 'segment'), 'a part of a tensor', 'the whole of it')
  }
}
