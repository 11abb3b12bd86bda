import { arrayType, type Dtype, type DtypeArrays, dtypeBytes, type TensorData } from '@attnkit/core'
import { onnxFault, type Place, within } from './onnx-fault.js'
import type { TensorProto } from './proto/onnx_pb.js'

type TypedField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data'

/** Fields that hold elements, and ONNX's names of them. */
const FIELDS = {
  rawData: 'raw_data',
  floatData: 'float_data',
  doubleData: 'double_data',
  int32Data: 'int32_data',
  int64Data: 'int64_data',
  uint64Data: 'uint64_data',
  stringData: 'string_data',
} as const

/** The field of each dtype; the small ones lie in the 32-bit integers, halves as their bits. */
const FIELD_OF_DTYPE: Readonly<Record<Dtype, TypedField>> = {
  float32: 'floatData',
  float64: 'doubleData',
  float16: 'int32Data',
  bfloat16: 'int32Data',
  int32: 'int32Data',
  bool: 'int32Data',
  uint8: 'int32Data',
  int64: 'int64Data',
}

/** The largest number in an element of `int32_data`, where that is less than the field can hold. */
const LARGEST: Readonly<Partial<Record<Dtype, number>>> = {
  float16: 0xffff,
  bfloat16: 0xffff,
  uint8: 255,
  bool: 1,
}

/** The elements of a tensor, `count` of them, in memory of their own. */
export function tensorElements(
  proto: TensorProto,
  dtype: Dtype,
  count: number,
  place: Place,
): TensorData {
  const wanted = FIELD_OF_DTYPE[dtype]
  const used = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).filter(
    (field) => proto[field].length > 0,
  )
  const [field = 'rawData', ...more] = used
  if (more.length > 0 || (field !== 'rawData' && field !== wanted)) {
    const found = used.map((one) => FIELDS[one]).join(' and ')
    const required = `either raw_data or ${FIELDS[wanted]} for ${dtype}`
    throw onnxFault(within(place, 'data'), found, required)
  }
  if (field === 'rawData') return rawElements(proto.rawData, dtype, count, place)
  return typedElements(proto, dtype, count, place)
}

function rawElements(raw: Uint8Array, dtype: Dtype, count: number, place: Place): TensorData {
  const required = count * dtypeBytes(dtype)
  const field = within(place, 'raw_data')
  if (raw.byteLength !== required) {
    throw onnxFault(field, `${raw.byteLength} bytes`, `${required} bytes for ${count} of ${dtype}`)
  }
  const at = dtype === 'bool' ? raw.findIndex((value) => value > 1) : -1
  if (at >= 0) throw onnxFault(field, `the byte ${raw[at]} at ${at}`, 'booleans of 0 or 1')
  // A copy: the bytes of a file need not be aligned, and may be read into again.
  return new (arrayType(dtype))(new Uint8Array(raw).buffer)
}

function typedElements(proto: TensorProto, dtype: Dtype, count: number, place: Place): TensorData {
  const name = FIELD_OF_DTYPE[dtype]
  const values = proto[name]
  const field = within(place, FIELDS[name])
  if (values.length !== count) {
    throw onnxFault(field, `${values.length} elements`, `${count} by its dims`)
  }
  const largest = LARGEST[dtype]
  if (largest !== undefined) checkRange(proto.int32Data, dtype, largest, field)
  if (dtype === 'int64') return BigInt64Array.from(proto.int64Data)
  return arrayOfNumbers(dtype, values as readonly number[])
}

function arrayOfNumbers(dtype: Exclude<Dtype, 'int64'>, values: readonly number[]) {
  const type = arrayType(dtype) as { from(values: readonly number[]): DtypeArrays[typeof dtype] }
  return type.from(values)
}

function checkRange(values: readonly number[], dtype: Dtype, largest: number, field: Place): void {
  const at = values.findIndex((value) => value < 0 || value > largest)
  if (at < 0) return
  throw onnxFault(field, `${values[at]} at ${at}`, `numbers from 0 to ${largest} for ${dtype}`)
}
