import {
  type FloatDtype,
  fromBfloat16,
  fromFloat16,
  type HostTensor,
  tensor,
  toBfloat16,
  toFloat16,
} from '@attnkit/core'
import { convert } from '../kernels/convert.js'
import { padTokens, unpadTokens } from '../kernels/pad-tokens.js'
import { CACHE_CHECKS } from './cache-checks.js'
import { counting, type DeviceCheck, expect, expectEqual } from './check.js'

/** Mean and standard deviation. */
function moments(values: Float32Array): readonly [mean: number, deviation: number] {
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return [mean, Math.sqrt(squares / values.length - mean * mean)]
}

const normal: DeviceCheck = {
  name: 'normal random numbers: their moments, and the same ones again',
  run: async (device) => {
    const count = 1_000_003
    using first = device.empty([count], 'float32')
    using second = device.empty([1001], 'float32')
    device.fillNormal(first, 42, { mean: 0.5, std: 2 })
    device.fillNormal(second, 42n, { mean: 0.5, std: 2 })
    const values = (await device.download(first)).data
    expectEqual((await device.download(second)).data, values.subarray(0, 1001))
    const [mean, deviation] = moments(values)
    expect(Math.abs(mean - 0.5) < 0.01 && Math.abs(deviation - 2) < 0.01, () => {
      return `mean ${mean} and deviation ${deviation} instead of 0.5 and 2`
    })
    expect(values.every(Number.isFinite), () => 'a number is not finite')
    device.fillNormal(second, 43, { mean: 0.5, std: 2 })
    const other = (await device.download(second)).data
    expect(
      other.some((value, i) => value !== values[i]),
      () => 'another seed, the same numbers',
    )
    return `mean ${mean.toFixed(4)}, deviation ${deviation.toFixed(4)}`
  },
}

/** Float32 values of a host tensor of any of the three dtypes. */
function floats({ dtype, data }: HostTensor): Float32Array {
  if (dtype === 'float16') return fromFloat16(data as Uint16Array)
  return dtype === 'bfloat16' ? fromBfloat16(data as Uint16Array) : (data as Float32Array)
}

/** Values rounded to a dtype on the host. */
function rounded(values: Float32Array, dtype: FloatDtype): Float32Array {
  if (dtype === 'float16') return fromFloat16(toFloat16(values))
  return dtype === 'bfloat16' ? fromBfloat16(toBfloat16(values)) : values
}

const conversion: DeviceCheck = {
  name: 'conversion rounds as the host does',
  run: async (device) => {
    const special = [0, -0, 1, 65504, 65520, 1e30, 1e-7, 6e-8, 1e-30, Infinity, -Infinity, 1 / 3]
    const values = Float32Array.from(
      { length: 5003 },
      (_, i) => special[i] ?? Math.sin(i) * 3 ** (i % 25),
    )
    using source = device.upload(tensor(values, [5003]))
    for (const dtype of ['float16', 'bfloat16', 'float32'] as const) {
      using narrow = device.empty([5003], dtype)
      using wide = device.empty([5003], 'float32')
      convert(device, narrow, source)
      convert(device, wide, narrow)
      const expected = rounded(values, dtype)
      expectEqual(floats(await device.download(narrow)), expected)
      expectEqual((await device.download(wide)).data, expected)
    }
  },
}

const padding: DeviceCheck = {
  name: 'tokens are padded and unpadded',
  run: async (device) => {
    for (const row of [16, 6, 3]) {
      const lengths = [3, 0, 4]
      const values = toFloat16(counting(7 * row, 1))
      using tokens = device.upload(tensor(values, [7, row], 'float16'))
      using cuSeqlens = device.upload(tensor(Int32Array.of(0, 3, 3, 7), [4]))
      using padded = device.upload(
        tensor(new Uint16Array(15 * row).fill(1), [3, 5, row], 'float16'),
      )
      using back = device.zeros([7, row], 'float16')
      padTokens(device, { padded, tokens, cuSeqlens })
      unpadTokens(device, { padded, tokens: back, cuSeqlens })
      const expected = new Uint16Array(15 * row)
      let from = 0
      for (const [batch, length] of lengths.entries()) {
        expected.set(values.subarray(from, from + length * row), batch * 5 * row)
        from += length * row
      }
      expectEqual((await device.download(padded)).data, expected)
      expectEqual((await device.download(back)).data, values)
    }
  },
}

export const KERNEL_CHECKS: readonly DeviceCheck[] = [normal, conversion, padding, ...CACHE_CHECKS]
