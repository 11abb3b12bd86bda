/** A 16-bit floating point format: one sign bit, an exponent, and `mantissaBits` of fraction. */
export interface HalfFormat {
  readonly mantissaBits: number
  /** Exponent of the smallest normal number. */
  readonly minExponent: number
  readonly maxExponent: number
  /** By exponent, from the smallest on: how many units in the last place make 1. */
  readonly unitsOfOne: Float64Array
}

/** IEEE 754 binary16. */
export const FLOAT16 = halfFormat(10, -14, 15)
/** The upper half of IEEE 754 binary32. */
export const BFLOAT16 = halfFormat(7, -126, 127)

function halfFormat(mantissaBits: number, minExponent: number, maxExponent: number): HalfFormat {
  const length = maxExponent - minExponent + 1
  const unitsOfOne = Float64Array.from(
    { length },
    (_, at) => 2 ** (mantissaBits - minExponent - at),
  )
  return { mantissaBits, minExponent, maxExponent, unitsOfOne }
}

// Adding and subtracting 2^52 rounds a smaller non-negative double to an integer, ties to even.
const ROUND_TO_INTEGER = 2 ** 52

const doubleWord = new Float64Array(1)
const doubleBits = new Uint32Array(doubleWord.buffer)
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

function exponentOf(magnitude: number): number {
  doubleWord[0] = magnitude
  return ((doubleBits[HIGH_WORD]! >>> 20) & 0x7ff) - 1023
}

/** The bits of `value` in `format`: rounded once, to nearest, ties to even. */
export function encodeHalf(value: number, format: HalfFormat): number {
  const { mantissaBits, minExponent, maxExponent, unitsOfOne } = format
  const infinity = (maxExponent - minExponent + 2) << mantissaBits
  if (Number.isNaN(value)) return infinity | (1 << (mantissaBits - 1))
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude === Number.POSITIVE_INFINITY) return sign | infinity
  const exponent = Math.max(exponentOf(magnitude), minExponent)
  if (exponent > maxExponent) return sign | infinity
  const step = exponent - minExponent
  const units = magnitude * unitsOfOne[step]! + ROUND_TO_INTEGER - ROUND_TO_INTEGER
  // A subnormal has no hidden bit, which the subtraction of one exponent step takes into account; a
  // carry out of the fraction goes into the exponent, up to infinity.
  return sign | ((step << mantissaBits) + units)
}

function decodeOne(bits: number, format: HalfFormat): number {
  const { mantissaBits, minExponent, maxExponent } = format
  const sign = bits & 0x8000 ? -1 : 1
  const biased = (bits & 0x7fff) >>> mantissaBits
  const fraction = bits & ((1 << mantissaBits) - 1)
  if (biased > maxExponent - minExponent + 1) {
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  }
  const hidden = biased === 0 ? 0 : 1 << mantissaBits
  return sign * (hidden + fraction) * 2 ** (minExponent + Math.max(biased - 1, 0) - mantissaBits)
}

/** The values of all 65,536 bit patterns of `format`. */
export function decodingTable(format: HalfFormat): Float32Array {
  return Float32Array.from({ length: 0x10000 }, (_, bits) => decodeOne(bits, format))
}
