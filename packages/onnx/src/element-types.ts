import type { Dtype } from '@attnkit/core'
import { TensorProto_DataType as DataType } from './proto/onnx_pb.js'

/** ONNX's number of each dtype of attnkit. */
export const ELEMENT_TYPES: Readonly<Record<Dtype, DataType>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
  uint8: DataType.UINT8,
}

const DTYPES = new Map<number, Dtype>(
  Object.entries(ELEMENT_TYPES).map(([dtype, type]) => [type, dtype as Dtype]),
)

/** The dtype that one of ONNX's numbers means; null for those that attention has no use for. */
export function dtypeOfElementType(elementType: number): Dtype | null {
  return DTYPES.get(elementType) ?? null
}

/** An element type as messages name it, e.g. `UINT16` or `number 40`. */
export function elementTypeName(elementType: number): string {
  return DataType[elementType] ?? `number ${elementType}`
}
