import { describe, expect, it } from 'vitest'
import { fromBfloat16, toBfloat16 } from '../src/numeric/bfloat16.js'
import { compareTensors } from '../src/numeric/compare-tensors.js'
import { fromFloat16, toFloat16 } from '../src/numeric/float16.js'
import { fromFloat64, toFloat64 } from '../src/numeric/float64.js'
import { TOLERANCES } from '../src/numeric/tolerances.js'

const EVERY_PATTERN = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)

describe('float16', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.999, 0x7bff],
    [65520, 0x7c00],
    [-1e300, 0xfc00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1023.5 * 2 ** -24, 0x0400],
    [5e-324, 0x0000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -40, 0x3c01],
  ])('%d is rounded to nearest even', (value, bits) => {
    expect(toFloat16([value])[0]).toBe(bits)
  })

  it('keeps every pattern but the payloads of NaN', () => {
    const values = fromFloat16(EVERY_PATTERN)
    const back = toFloat16(values)
    const changed = EVERY_PATTERN.filter(
      (bits) => !Number.isNaN(values[bits]) && back[bits] !== bits,
    )
    expect(changed).toHaveLength(0)
    expect(values.filter(Number.isNaN)).toHaveLength(2 * 1023)
    expect(fromFloat16(toFloat16([Number.NaN]))[0]).toBeNaN()
  })
})

describe('bfloat16', () => {
  it.each([
    [1, 0x3f80],
    [-1.5, 0xbfc0],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [1 + 2 ** -8 + 2 ** -50, 0x3f81],
    [3.3895313892515355e38, 0x7f7f],
    [3.4e38, 0x7f80],
    [2 ** -126, 0x0080],
    [2 ** -133, 0x0001],
    [2 ** -134, 0x0000],
    [Number.NEGATIVE_INFINITY, 0xff80],
  ])('%d is rounded to nearest even', (value, bits) => {
    expect(toBfloat16([value])[0]).toBe(bits)
  })

  it('is the upper half of float32', () => {
    const values = fromBfloat16(EVERY_PATTERN)
    const upper = new Uint32Array(values.buffer).map((word) => word >>> 16)
    const changed = EVERY_PATTERN.filter(
      (bits) => !Number.isNaN(values[bits]) && upper[bits] !== bits,
    )
    expect(changed).toHaveLength(0)
    expect(
      toBfloat16(values).filter((bits, i) => !Number.isNaN(values[i]) && bits !== i),
    ).toHaveLength(0)
  })
})

describe('float64', () => {
  it('reads every dtype as numbers', () => {
    expect(toFloat64({ dtype: 'float16', data: Uint16Array.of(0x3c00, 0xc000) })).toEqual(
      Float64Array.of(1, -2),
    )
    expect(toFloat64({ dtype: 'int64', data: BigInt64Array.of(-3n, 7n) })).toEqual(
      Float64Array.of(-3, 7),
    )
    expect(toFloat64({ dtype: 'float32', data: Float32Array.of(1, 2, 3) }, 1, 2)).toEqual(
      Float64Array.of(2),
    )
  })

  it('rounds to a dtype once, not by way of float32', () => {
    const value = 1 + 2 ** -11 + 2 ** -40
    expect(fromFloat64([value], 'float16')).toEqual(Uint16Array.of(0x3c01))
    expect(fromFloat64([Math.fround(value)], 'float16')).toEqual(Uint16Array.of(0x3c00))
    expect(fromFloat64([0.1], 'float32')).toEqual(Float32Array.of(0.1))
  })
})

describe('compareTensors', () => {
  const tolerance = TOLERANCES.float32

  it('measures the relative norm and the largest error', () => {
    const { relError, maxError, ok } = compareTensors([3, 4.5], [3, 4], tolerance)
    expect(relError).toBeCloseTo(0.1)
    expect(maxError).toBeCloseTo(0.125)
    expect(ok).toBe(false)
  })

  it('accepts equal infinities and rejects others', () => {
    const low = Number.NEGATIVE_INFINITY
    expect(compareTensors([low, 1], [low, 1], tolerance).ok).toBe(true)
    expect(compareTensors([-3.4e38, 1], [low, 1], tolerance).ok).toBe(false)
    expect(compareTensors([low, 1], [0, 1], tolerance).ok).toBe(false)
    expect(compareTensors([-low, 1], [low, 1], tolerance).ok).toBe(false)
  })

  it('never accepts NaN, nor another length', () => {
    expect(compareTensors([Number.NaN], [1], tolerance).ok).toBe(false)
    expect(compareTensors([Number.NaN], [Number.NaN], tolerance).ok).toBe(false)
    expect(compareTensors([1], [1, 2], tolerance).ok).toBe(false)
  })

  it('is absolute where 0 is expected', () => {
    expect(compareTensors([0, 0], [0, 0], tolerance).ok).toBe(true)
    expect(compareTensors([0, 1e-3], [0, 0], tolerance).relError).toBe(1e-3)
  })
})
