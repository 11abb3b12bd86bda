import { isAttentionError } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { readNpy, writeNpy } from '../../src/files/npy.js'
import { joined, sampleTensors } from './sample-tensors.js'

/** A `.npy` file with any header, as numpy lays it out. */
function npy(dict: string, data = new Uint8Array(0), version = 1): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${dict}\n`)
  const prefix = new Uint8Array(version === 1 ? 10 : 12)
  prefix.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  const view = new DataView(prefix.buffer)
  if (version === 1) view.setUint16(8, text.byteLength, true)
  else view.setUint32(8, text.byteLength, true)
  return joined([prefix, text, data])
}

function header(descr: string, shape: string, order = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`
}

function faultOf(bytes: Uint8Array<ArrayBuffer>): {
  path: string
  found: string
  required: string
} {
  try {
    readNpy(bytes, 'x.npy')
  } catch (error) {
    if (!isAttentionError(error)) throw error
    expect(error.code).toBe('invalid-argument')
    return error.details.faults?.[0] as never
  }
  throw new Error('the file was accepted')
}

describe('readNpy', () => {
  const tensors = [...sampleTensors()].filter(([name]) => name !== 'bfloat16')
  it.each(tensors)('reads back what writeNpy wrote: %s', (_, tensor) => {
    const parts = writeNpy(tensor, 'x.npy')
    expect((parts[0]?.byteLength ?? 0) % 64).toBe(0)
    expect(readNpy(joined(parts), 'x.npy')).toEqual(tensor)
  })

  it('reads what numpy writes for an array of two by two', () => {
    const dict = header("'<f2'", '(2, 2)').padEnd(117)
    const bytes = npy(dict, Uint8Array.of(0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44))
    expect(bytes.byteLength).toBe(128 + 8)
    const tensor = readNpy(bytes, 'x.npy')
    expect(tensor).toMatchObject({ dtype: 'float16', shape: [2, 2] })
    expect([...tensor.data]).toEqual([0x3c00, 0x4000, 0x4200, 0x4400])
  })

  it('copies data that are not aligned', () => {
    const bytes = npy(header("'<f8'", '(1,)'), new Uint8Array(Float64Array.of(0.1).buffer), 2)
    expect(bytes.byteLength % 8).not.toBe(0)
    expect([...readNpy(bytes, 'x.npy').data]).toEqual([0.1])
  })

  it.each([
    ['magic', new Uint8Array(4), 'x.npy: magic'],
    ['version', npy(header("'<f4'", '()'), new Uint8Array(4), 9), 'x.npy: version'],
    ['descr', npy(header("'>f4'", '(1,)'), new Uint8Array(4)), 'x.npy: header.descr'],
    ['complex', npy(header("'<c8'", '(1,)'), new Uint8Array(8)), 'x.npy: header.descr'],
    ['structured', npy(header("[('a', '<f4')]", '(1,)'), new Uint8Array(4)), 'x.npy: header.descr'],
    ['object', npy(header("'|O'", '(1,)'), new Uint8Array(4)), 'x.npy: header.descr'],
    ['prototype', npy(header("'toString'", '()'), new Uint8Array(4)), 'x.npy: header.descr'],
    ['fortran', npy(header("'<f4'", '(1, 1)', 'True'), new Uint8Array(4)), 'header.fortran_order'],
    ['negative', npy(header("'<f4'", '(-1,)')), 'header.shape'],
    ['product', npy(header("'<f4'", '(4294967296, 4294967296)')), 'header.shape'],
    ['hidden product', npy(header("'<f4'", '(0, 4294967296, 4294967296)')), 'header.shape'],
    ['large size', npy(header("'<f4'", '(99999999999999999999,)')), 'header.shape'],
    ['no tuple', npy(header("'<f4'", '3')), 'header.shape'],
    ['rank', npy(header("'|u1'", `(${'1, '.repeat(40)})`), new Uint8Array(1)), 'header.shape'],
    ['nesting', npy(header("'|u1'", '('.repeat(500))), 'x.npy: header'],
    ['truncated', npy(header("'<f4'", '(2,)'), new Uint8Array(7)), 'x.npy: data'],
    ['trailing', npy(header("'<f4'", '(2,)'), new Uint8Array(9)), 'x.npy: data'],
    ['duplicate', npy("{'shape': (), 'shape': ()}"), 'x.npy: header'],
    ['missing', npy("{'shape': (), 'descr': '<f4'}"), 'header keys'],
    ['code', npy('__import__("os")'), 'x.npy: header'],
    ['bool', npy(header("'|b1'", '(2,)'), Uint8Array.of(1, 2)), 'data[1]'],
  ])('refuses a wrong %s', (_, bytes, path) => {
    expect(faultOf(bytes).path).toContain(path)
  })

  it('refuses a header that is longer than the file, and one that is long', () => {
    const short = npy(header("'<f4'", '()'), new Uint8Array(4)).slice(0, 30)
    expect(faultOf(short).path).toContain('header length')
    const long = npy(header("'<f4'", '()') + ' '.repeat(70000), new Uint8Array(4), 2)
    expect(faultOf(long).path).toContain('header length')
  })

  it('says how to write bfloat16', () => {
    const tensor = sampleTensors().get('bfloat16')
    expect(() => writeNpy(tensor as never, 'x.npy')).toThrow(/name the output \.safetensors/)
  })
})
