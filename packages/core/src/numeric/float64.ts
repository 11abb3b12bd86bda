import type { Dtype, DtypeArrays, FloatDtype, TensorData } from '../tensor/dtype.js'
import type { HostTensor } from '../tensor/tensor.js'
import { fromBfloat16, toBfloat16 } from './bfloat16.js'
import { fromFloat16, toFloat16 } from './float16.js'

/** The elements `begin` to `end` of a host tensor as numbers; exact but for int64 beyond 2^53. */
export function toFloat64(
  tensor: Pick<HostTensor, 'dtype' | 'data'>,
  begin = 0,
  end = tensor.data.length,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(numbers(tensor.dtype, tensor.data.subarray(begin, end)))
}

function numbers(dtype: Dtype, data: TensorData): ArrayLike<number> {
  if (dtype === 'float16') return fromFloat16(data as Uint16Array)
  if (dtype === 'bfloat16') return fromBfloat16(data as Uint16Array)
  if (dtype === 'int64') return Float64Array.from(data as BigInt64Array, Number)
  return data as Exclude<TensorData, BigInt64Array>
}

/** Numbers as the elements of a float dtype, each rounded once, to nearest, ties to even. */
export function fromFloat64<D extends FloatDtype>(
  values: ArrayLike<number>,
  dtype: D,
): DtypeArrays[D] {
  return ENCODERS[dtype](values) as DtypeArrays[D]
}

const ENCODERS = {
  float64: (values: ArrayLike<number>) => Float64Array.from(values),
  float32: (values: ArrayLike<number>) => Float32Array.from(values),
  float16: toFloat16,
  bfloat16: toBfloat16,
} as const
