import { BFLOAT16, decodingTable, encodeHalf } from './half-format.js'

let table: Float32Array | undefined

/** The value of each of the 65,536 bfloat16 bit patterns. */
export function bfloat16Values(): Float32Array {
  table ??= decodingTable(BFLOAT16)
  return table
}

/** bfloat16 bit patterns of numbers, rounded to nearest, ties to even. */
export function toBfloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) bits[i] = encodeHalf(values[i]!, BFLOAT16)
  return bits
}

/** The numbers of bfloat16 bit patterns; exact. */
export function fromBfloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const decoded = bfloat16Values()
  const values = new Float32Array(bits.length)
  for (let i = 0; i < values.length; i++) values[i] = decoded[bits[i]!]!
  return values
}
