import { arrayType, type DtypeArrays, type TensorData } from '@attnkit/core'
import type { BenchDtype } from '../suites/bench-shape.js'

/** A NaN of each dtype that no arithmetic makes. */
const POISON_BITS = { float16: 0xfedc, bfloat16: 0xffdc, float32: 0xffdcba98 } as const

/** Bits of the elements, where the dtype has a poison. */
function bitsOf(data: TensorData, dtype: BenchDtype): Uint16Array | Uint32Array {
  return dtype === 'float32'
    ? new Uint32Array(data.buffer, data.byteOffset, data.length)
    : (data as Uint16Array)
}

/** Fills an output with NaN, so that an element that is never written is seen. */
export function poison(data: TensorData, dtype: BenchDtype): void {
  bitsOf(data, dtype).fill(POISON_BITS[dtype])
}

/** A poisoned array for `length` elements. */
export function poisonedArray<D extends BenchDtype>(length: number, dtype: D): DtypeArrays[D] {
  const data = new (arrayType(dtype))(length) as DtypeArrays[D]
  poison(data, dtype)
  return data
}

/** The position of the first element that was never written, -1 when all were. */
export function firstUnwritten(data: TensorData, dtype: BenchDtype): number {
  return bitsOf(data, dtype).indexOf(POISON_BITS[dtype])
}
