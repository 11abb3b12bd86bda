import { decodingTable, encodeHalf, FLOAT16 } from './half-format.js'

let table: Float32Array | undefined

/** The value of each of the 65,536 float16 bit patterns. */
export function float16Values(): Float32Array {
  table ??= decodingTable(FLOAT16)
  return table
}

/** float16 bit patterns of numbers, rounded to nearest, ties to even; past 65504 to infinity. */
export function toFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) bits[i] = encodeHalf(values[i]!, FLOAT16)
  return bits
}

/** The numbers of float16 bit patterns; exact. */
export function fromFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const decoded = float16Values()
  const values = new Float32Array(bits.length)
  for (let i = 0; i < values.length; i++) values[i] = decoded[bits[i]!]!
  return values
}
