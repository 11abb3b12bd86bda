import { describe, expect, it } from 'vitest'
import { ParamsBuffer } from '../src/kernels/params-buffer.js'
import { paramsLayout } from '../src/kernels/params-layout.js'
import { paramsWriter } from '../src/kernels/params-writer.js'

describe('parameters of kernels', () => {
  it('lie where a C compiler puts them', () => {
    const layout = paramsLayout({ a: 'u64', b: 'i32', c: 'f32', d: 'i64' })
    expect(layout).toMatchObject({ offsets: { a: 0, b: 8, c: 12, d: 16 }, size: 24 })
  })

  it('refuse a layout that a compiler would pad', () => {
    expect(() => paramsLayout({ a: 'i32', b: 'u64' })).toThrow('b needs padding before it')
    expect(() => paramsLayout({ a: 'u64', b: 'i32' })).toThrow('the end needs padding')
  })

  it('are written little-endian, negative and large numbers included', () => {
    const write = paramsWriter(paramsLayout({ a: 'u64', b: 'i64', c: 'i64', d: 'i32', e: 'f32' }))
    const bytes = write({ a: 0x1_0203_0405n, b: -2, c: 2 ** 40 + 5, d: -7, e: 0.5 })
    const view = new DataView(bytes.buffer)
    expect(view.getBigUint64(0, true)).toBe(0x1_0203_0405n)
    expect(view.getBigInt64(8, true)).toBe(-2n)
    expect(view.getBigInt64(16, true)).toBe(2n ** 40n + 5n)
    expect(view.getInt32(24, true)).toBe(-7)
    expect(view.getFloat32(28, true)).toBe(0.5)
  })

  it('are written at places in a buffer, too', () => {
    const params = new ParamsBuffer(32)
    params.setAddress(0, 2n ** 63n + 1n)
    params.setLong(8, -2)
    params.setLong(16, 2 ** 40 + 2 ** 31 + 5)
    params.setInteger(24, -7)
    const view = new DataView(params.bytes.buffer)
    expect(view.getBigUint64(0, true)).toBe(2n ** 63n + 1n)
    expect(view.getBigInt64(8, true)).toBe(-2n)
    expect(view.getBigInt64(16, true)).toBe(2n ** 40n + 2n ** 31n + 5n)
    expect(view.getInt32(24, true)).toBe(-7)
  })
})
