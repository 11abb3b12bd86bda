import { describe, expect, it } from 'vitest'
import { DTYPES, type Dtype, dtypeBytes } from '../src/tensor/dtype.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { isTensor } from '../src/tensor/tensor.js'

describe('tensor', () => {
  it.each([
    [new Float32Array(6), 'float32'],
    [new Float64Array(6), 'float64'],
    [new Int32Array(6), 'int32'],
    [new BigInt64Array(6), 'int64'],
    [new Uint8Array(6), 'uint8'],
  ] as const)('takes the dtype of %s from the array, and keeps it', (data, dtype) => {
    const made = tensor(data as Float32Array, [2, 3])
    expect(made).toMatchObject({ location: 'host', dtype, shape: [2, 3] })
    expect(made.data).toBe(data)
    expect(isTensor(made)).toBe(true)
  })

  it('needs the dtype of 16 bits said, and of bool', () => {
    const bits = new Uint16Array(2)
    expect(tensor(bits, [2], 'float16').dtype).toBe('float16')
    expect(tensor(bits, [2], 'bfloat16').dtype).toBe('bfloat16')
    expect(tensor(new Uint8Array(2), [2], 'bool').dtype).toBe('bool')
    expect(() => tensor(bits as never, [2])).toThrowError(
      /dtype: found undefined, required float16 or/,
    )
  })

  it('takes the bits of a Float16Array where Node has it', (context) => {
    const Float16 = (globalThis as { Float16Array?: new (values: number[]) => never }).Float16Array
    if (Float16 === undefined) context.skip('this Node has no Float16Array')
    const made = tensor(new Float16!([1, -2]), [2])
    expect(made.dtype).toBe('float16')
    expect([...made.data]).toEqual([0x3c00, 0xc000])
  })

  it('is not moved by the list that gave its shape', () => {
    const shape = [2, 3]
    const made = tensor(new Float32Array(6), shape)
    shape[0] = 100
    expect(made.shape).toEqual([2, 3])
    expect(() => (made.shape as number[]).push(1)).toThrow(TypeError)
  })

  it.each([
    ['data', [[1, 2, 3], [3]]],
    ['data', [new DataView(new ArrayBuffer(4)), [4]]],
    ['data', [new Uint8ClampedArray(4), [4]]],
    ['data', [new Float32Array(6), [2, 4]]],
    ['data', [new Float32Array(6), [6], 'float64']],
    ['dtype', [new Float32Array(6), [6], 'float8']],
    ['dtype', [new Float32Array(6), [6], 'toString']],
    ['shape', [new Float32Array(6), 6]],
    ['shape', [new Float32Array(6), [-2, -3]]],
    ['shape', [new Float32Array(6), [1.5, 4]]],
    ['shape', [new Float32Array(6), ['6']]],
    ['shape', [new Float32Array(6), [2 ** 40, 2 ** 40]]],
    ['shape', [new Float32Array(6), [Number.NaN]]],
  ] as const)('refuses %s: %o', (path, args) => {
    expect(() => (tensor as (...given: unknown[]) => unknown)(...args)).toThrowError(
      expect.objectContaining({
        code: 'invalid-argument',
        details: expect.objectContaining({ faults: [expect.objectContaining({ path })] }),
      }),
    )
  })

  it('takes shapes with a size of 0', () => {
    expect(tensor(new Float32Array(0), [0, 5]).shape).toEqual([0, 5])
    expect(tensor(new Float32Array(1), []).shape).toEqual([])
  })

  it('refuses memory that can go away', () => {
    const Resizable = ArrayBuffer as unknown as new (size: number, o: object) => ArrayBuffer
    const resizable = new Float32Array(new Resizable(8, { maxByteLength: 16 }))
    const shared = new Float32Array(new SharedArrayBuffer(8))
    const detached = new Float32Array(2)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    for (const [data, found] of [
      [resizable, 'resizable'],
      [shared, 'shared'],
      [detached, 'detached'],
    ] as const) {
      expect(() => tensor(data, [2])).toThrowError(
        expect.objectContaining({
          code: 'buffer-not-stable',
          message: expect.stringContaining(found),
        }),
      )
    }
  })
})

describe('emptyTensor', () => {
  it.each(DTYPES)('makes zeros of %s', (dtype: Dtype) => {
    const made = emptyTensor([2, 3], dtype)
    expect(made).toMatchObject({ dtype, shape: [2, 3] })
    expect(made.data.byteLength).toBe(6 * dtypeBytes(dtype))
    expect(made.data.every((value) => Number(value) === 0)).toBe(true)
  })

  it('refuses with a typed error what cannot be had', () => {
    expect(() => emptyTensor([-1], 'float32')).toThrowError(/shape/)
    expect(() => emptyTensor([1], 'int4' as never)).toThrowError(/dtype/)
    expect(() => emptyTensor([2 ** 50], 'float32')).toThrowError(
      expect.objectContaining({
        code: 'out-of-memory',
        details: expect.objectContaining({ bytes: 2 ** 52 }),
      }),
    )
  })
})

describe('isTensor', () => {
  it('knows tensors of other copies of the package by their brand', () => {
    expect(isTensor({ [Symbol.for('attnkit.tensor')]: true })).toBe(true)
    for (const value of [null, undefined, 5, {}, [], new Float32Array(1)]) {
      expect(isTensor(value)).toBe(false)
    }
  })
})
