/** Element types that attention is computed in. float64 is computed by the reference alone. */
export const FLOAT_DTYPES = ['float32', 'float16', 'bfloat16', 'float64'] as const
/** Element types of lengths, offsets and masks. */
export const INDEX_DTYPES = ['int32', 'int64', 'bool', 'uint8'] as const

export type FloatDtype = (typeof FLOAT_DTYPES)[number]
export type IndexDtype = (typeof INDEX_DTYPES)[number]
export type Dtype = FloatDtype | IndexDtype
export const DTYPES: readonly Dtype[] = [...FLOAT_DTYPES, ...INDEX_DTYPES]

/**
 * The JavaScript array that holds the elements of a dtype. float16 and bfloat16 are their 16-bit
 * patterns; bool is one byte, 0 or 1.
 */
export interface DtypeArrays {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  bfloat16: Uint16Array
  int32: Int32Array
  int64: BigInt64Array
  bool: Uint8Array
  uint8: Uint8Array
}

export type TensorData = DtypeArrays[Dtype]

const ARRAY_TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const

/** The typed array constructor for `dtype`. */
export function arrayType<D extends Dtype>(dtype: D): (typeof ARRAY_TYPES)[D] {
  return ARRAY_TYPES[dtype]
}

/** Bytes of one element. */
export function dtypeBytes(dtype: Dtype): number {
  return ARRAY_TYPES[dtype].BYTES_PER_ELEMENT
}

export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return (FLOAT_DTYPES as readonly string[]).includes(dtype)
}

export function isDtype(dtype: unknown): dtype is Dtype {
  return typeof dtype === 'string' && Object.hasOwn(ARRAY_TYPES, dtype)
}
