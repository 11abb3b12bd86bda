import { isAttentionError } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.js'
import { joined, sampleTensors } from './sample-tensors.js'

function file(header: unknown, dataBytes = 0): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const bytes = new TextEncoder().encode(text)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.byteLength), true)
  return joined([length, bytes, new Uint8Array(dataBytes)])
}

function entry(shape: unknown, offsets: unknown, dtype: unknown = 'F32'): object {
  return { dtype, shape, data_offsets: offsets }
}

function faultPath(bytes: Uint8Array<ArrayBuffer>, name?: string): string {
  try {
    const read = readSafetensors(bytes, 'x.safetensors')
    if (name !== undefined) read.read(name)
  } catch (error) {
    if (!isAttentionError(error)) throw error
    expect(error.code).toBe('invalid-argument')
    return error.details.faults?.[0]?.path ?? ''
  }
  throw new Error('the file was accepted')
}

describe('readSafetensors', () => {
  it('reads back what writeSafetensors wrote', () => {
    const tensors = sampleTensors()
    const read = readSafetensors(joined(writeSafetensors(tensors)), 'x.safetensors')
    expect([...read.names].sort()).toEqual([...tensors.keys()].sort())
    for (const [name, tensor] of tensors) expect(read.read(name)).toEqual(tensor)
  })

  it('lists tensors of dtypes that it does not read, and skips metadata', () => {
    const bytes = file({ __metadata__: { a: 'b' }, x: entry([2], [0, 4], 'U16') }, 4)
    const read = readSafetensors(bytes, 'x.safetensors')
    expect(read.names).toEqual(['x'])
    expect(faultPath(bytes, 'x')).toContain('tensor "x".dtype')
    expect(faultPath(bytes, 'y')).toContain('tensor "y"')
  })

  it.each([
    ['size', new Uint8Array(7), 'header length'],
    ['header length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1), 'header length'],
    ['header length past the end', file({}).slice(0, 9), 'header length'],
    ['JSON', file('{"a":'), 'header'],
    ['JSON root', file('[]'), 'header'],
    ['nesting', file('['.repeat(100000)), 'header'],
    ['UTF-8', joined([Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff)]), 'header'],
    ['entry', file({ x: 1 }), '.entry'],
    ['dtype', file({ x: entry([1], [0, 4], 'toString') }, 4), '.dtype'],
    ['shape', file({ x: entry([-1], [0, 4]) }, 4), '.shape'],
    ['fraction', file({ x: entry([0.5], [0, 2]) }, 2), '.shape'],
    ['product', file({ x: entry([2 ** 40, 2 ** 40], [0, 4]) }, 4), '.shape'],
    ['hidden product', file({ x: entry([0, 2 ** 40, 2 ** 40], [0, 0]) }), '.shape'],
    ['negative offset', file({ x: entry([1], [-4, 0]) }), '.data_offsets'],
    ['reversed offsets', file({ x: entry([1], [4, 0]) }, 4), '.data_offsets'],
    ['length', file({ x: entry([2], [0, 4]) }, 4), '.data_offsets'],
    ['overlap', file({ x: entry([1], [0, 4]), y: entry([1], [2, 6]) }, 6), '.data_offsets'],
    ['gap', file({ x: entry([1], [0, 4]), y: entry([1], [5, 9]) }, 9), '.data_offsets'],
    ['truncation', file({ x: entry([2], [0, 8]) }, 7), 'data'],
    ['trailing bytes', file({ x: entry([2], [0, 8]) }, 9), 'data'],
    [
      'name given twice',
      file(
        '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        2,
      ),
      '.data_offsets',
    ],
  ])('refuses a wrong %s', (_, bytes, path) => {
    expect(faultPath(bytes)).toContain(path)
  })

  it('refuses booleans that are neither 0 nor 1', () => {
    const bytes = file({ x: entry([1], [0, 1], 'BOOL') }, 1)
    bytes[bytes.length - 1] = 3
    expect(faultPath(bytes, 'x')).toContain('data[0]')
  })
})
