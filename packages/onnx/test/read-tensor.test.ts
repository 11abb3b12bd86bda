import { type HostTensor, isAttentionError, tensor } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { TensorProto_DataLocation, TensorProto_DataType as Type } from '../src/proto/onnx_pb.js'
import { readTensor } from '../src/read-tensor.js'
import { writeTensor } from '../src/write-tensor.js'
import { tensorBytes } from './tensor-protos.js'

const TENSORS: readonly HostTensor[] = [
  tensor(Float32Array.of(1.5, -2, 0, Number.NEGATIVE_INFINITY, -0, 3e-40), [2, 3]),
  tensor(Float64Array.of(Math.PI, -1e300), [2]),
  tensor(Uint16Array.of(0x3c00, 0xfc00, 1), [3, 1], 'float16'),
  tensor(Uint16Array.of(0x3f80, 0xff80), [1, 2, 1], 'bfloat16'),
  tensor(Int32Array.of(-1, 2147483647), [2]),
  tensor(BigInt64Array.of(-(2n ** 63n), 5n), [2]),
  tensor(Uint8Array.of(0, 255, 7), [3]),
  tensor(Uint8Array.of(1, 0, 1), [1, 3], 'bool'),
  tensor(new Float32Array(0), [4, 0, 2]),
  tensor(Int32Array.of(12), []),
]

/** What a reader must say of bytes that it refuses. */
function refusal(bytes: Uint8Array): string {
  try {
    readTensor(bytes, 'x.pb')
  } catch (error) {
    if (!isAttentionError(error)) throw error
    expect(error.code).toBe('invalid-argument')
    expect(error.details.faults).toHaveLength(1)
    return error.message
  }
  throw new Error('it was read')
}

describe('readTensor', () => {
  it.each(TENSORS.map((one) => [`${one.dtype} (${one.shape.join(', ')})`, one] as const))(
    'reads what writeTensor wrote: %s',
    (_, written) => {
      const { name, tensor: read } = readTensor(writeTensor(written, 'its name'))
      expect(name).toBe('its name')
      expect(read).toEqual(written)
    },
  )

  it('reads elements that are not aligned in the file, without keeping its memory', () => {
    const written = TENSORS[0]!
    for (let pad = 0; pad < 4; pad++) {
      const bytes = writeTensor(written, 'n'.repeat(pad))
      const { tensor: read } = readTensor(bytes)
      bytes.fill(0)
      expect(read.data).toEqual(written.data)
    }
  })

  const TYPED = [
    [
      'float_data',
      { dataType: Type.FLOAT, floatData: [0.5, -Infinity] },
      Float32Array.of(0.5, -Infinity),
    ],
    ['double_data', { dataType: Type.DOUBLE, doubleData: [0.1, 2] }, Float64Array.of(0.1, 2)],
    ['int64_data', { dataType: Type.INT64, int64Data: [-3n, 4n] }, BigInt64Array.of(-3n, 4n)],
    ['int32_data as int32', { dataType: Type.INT32, int32Data: [-3, 4] }, Int32Array.of(-3, 4)],
    ['int32_data as uint8', { dataType: Type.UINT8, int32Data: [0, 255] }, Uint8Array.of(0, 255)],
    ['int32_data as bool', { dataType: Type.BOOL, int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    [
      'int32_data as the bits of float16',
      { dataType: Type.FLOAT16, int32Data: [0x3c00, 0xfc00] },
      Uint16Array.of(0x3c00, 0xfc00),
    ],
    [
      'int32_data as the bits of bfloat16',
      { dataType: Type.BFLOAT16, int32Data: [0x3f80, 0xff80] },
      Uint16Array.of(0x3f80, 0xff80),
    ],
  ] as const

  it.each(TYPED)('reads %s', (_, fields, data) => {
    const { tensor: read } = readTensor(tensorBytes({ dims: [1n, 2n], ...copied(fields) }))
    expect(read.shape).toEqual([1, 2])
    expect(read.data).toEqual(data)
  })

  it.each(TYPED)('refuses %s with an element too many', (field, fields) => {
    const name = field.split(' ')[0]
    expect(refusal(tensorBytes({ dims: [1n], ...copied(fields) }))).toBe(
      `readTensor: x.pb: ${name}: found 2 elements, required 1 by its dims`,
    )
  })

  function copied(fields: object): object {
    return structuredClone(fields)
  }

  const raw = (count: number) => new Uint8Array(count)
  const REFUSED = [
    [
      'an element type that attention does not have',
      { dataType: Type.UINT16, rawData: raw(2) },
      'data_type: found UINT16, required FLOAT, ',
    ],
    [
      'an element type that ONNX does not have',
      { dataType: 99, rawData: raw(2) },
      'data_type: found number 99, ',
    ],
    ['no element type', { rawData: raw(4) }, 'data_type: found UNDEFINED, '],
    [
      'raw bytes too few',
      { dataType: Type.FLOAT, dims: [3n], rawData: raw(11) },
      'raw_data: found 11 bytes, required 12 bytes for 3 of float32',
    ],
    [
      'raw bytes too many',
      { dataType: Type.FLOAT16, dims: [3n], rawData: raw(7) },
      'raw_data: found 7 bytes, required 6 bytes',
    ],
    [
      'no elements',
      { dataType: Type.INT64, dims: [2n] },
      'raw_data: found 0 bytes, required 16 bytes',
    ],
    [
      'elements that its dims do not have',
      { dataType: Type.INT64, dims: [0n], int64Data: [1n] },
      'int64_data: found 1 elements, required 0 by its dims',
    ],
    [
      'both kinds of data',
      { dataType: Type.FLOAT, dims: [1n], rawData: raw(4), floatData: [1] },
      'data: found raw_data and float_data, required either raw_data or float_data for float32',
    ],
    [
      'the data of another element type',
      { dataType: Type.FLOAT, dims: [1n], int32Data: [1] },
      'data: found int32_data, required either raw_data or float_data',
    ],
    [
      'text',
      { dataType: Type.STRING, dims: [1n], stringData: [raw(2)] },
      'data_type: found STRING',
    ],
    [
      'a negative size',
      { dataType: Type.FLOAT, dims: [-1n] },
      'dims: found the size -1, required sizes from 0 on',
    ],
    [
      'sizes beyond counting',
      { dataType: Type.FLOAT, dims: [2n ** 40n, 0n, 2n ** 40n] },
      'dims: found (1099511627776, 0, 1099511627776), required at most 2^53 - 1 elements',
    ],
    [
      'too many dimensions',
      { dataType: Type.FLOAT, dims: new Array<bigint>(33).fill(1n) },
      'dims: found 33 of them, required at most 32',
    ],
    [
      'more elements than memory',
      { dataType: Type.FLOAT, dims: [2n ** 50n], rawData: raw(8) },
      'raw_data: found 8 bytes, required 4503599627370496 bytes',
    ],
    [
      'a byte that is no boolean',
      { dataType: Type.BOOL, dims: [2n], rawData: Uint8Array.of(1, 2) },
      'raw_data: found the byte 2 at 1, required booleans of 0 or 1',
    ],
    [
      'an integer that is no boolean',
      { dataType: Type.BOOL, dims: [1n], int32Data: [2] },
      'int32_data: found 2 at 0, required numbers from 0 to 1 for bool',
    ],
    [
      'bits that no half has',
      { dataType: Type.FLOAT16, dims: [1n], int32Data: [65536] },
      'int32_data: found 65536 at 0, required numbers from 0 to 65535',
    ],
    [
      'a part of a tensor',
      { dataType: Type.FLOAT, segment: { begin: 0n, end: 1n } },
      'segment: found a part of a tensor, ',
    ],
    [
      'data in another file',
      {
        dataType: Type.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: 'weights.bin' }],
      },
      'external_data: found "weights.bin", required data in the tensor itself',
    ],
    [
      'data elsewhere',
      { dataType: Type.FLOAT, dims: [0n], dataLocation: TensorProto_DataLocation.EXTERNAL },
      'external_data: found data in another file, ',
    ],
  ] as const

  it.each(REFUSED)('refuses %s', (_, fields, message) => {
    expect(refusal(tensorBytes(structuredClone(fields) as object))).toContain(
      `readTensor: x.pb: ${message}`,
    )
  })

  it('refuses bytes that are cut short, and what is no bytes', () => {
    const bytes = writeTensor(TENSORS[0]!)
    expect(refusal(bytes.slice(0, -1))).toMatch(
      /^readTensor: x\.pb: found \d+ bytes that are none \(premature EOF\), required an ONNX TensorProto/,
    )
    expect(refusal('bytes' as never)).toBe('readTensor: x.pb: found "bytes", required a Uint8Array')
  })

  it('refuses groups in groups without end', () => {
    expect(refusal(new Uint8Array(1_000_000).fill(0x7b))).toContain('recursion depth')
  })
})
