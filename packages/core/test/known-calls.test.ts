import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import { callKey } from '../src/call/call-key.js'
import type { ReadArguments } from '../src/call/lower-call.js'
import { multiHeadAttention } from '../src/operators/multi-head-attention.js'
import type { Attributes } from '../src/operators/operator.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { fakeHost } from './fakes/fake-backend.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const spec = (...shape: number[]) => ({ dtype: 'float32', shape }) as const

const keyOf = (changes: Partial<ReadArguments> = {}, attributes: Attributes = { numHeads: 2 }) => {
  const specs = { query: spec(1, 3, 8), key: spec(1, 3, 8), value: spec(1, 3, 8) }
  const args = { specs, unusable: {}, scalars: {}, requested: new Set<string>(), ...changes }
  return callKey(multiHeadAttention, args, attributes)
}

describe('the key of a call', () => {
  it('is the same for calls that are alike', () => {
    expect(keyOf()).toBe(keyOf({}, { numHeads: 2, scale: undefined }))
  })

  it('differs wherever lowering could', () => {
    const keys = [
      keyOf(),
      keyOf({}, { numHeads: 4 }),
      keyOf({}, { numHeads: true }),
      keyOf({}, { numHeads: '2' }),
      keyOf({}, { numHeads: [2] }),
      keyOf({}, { numHeads: [2, 2] }),
      keyOf({}, { numHeads: 2, scale: 0 }),
      keyOf({}, { numHeads: 2, scale: -0 }),
      keyOf({}, { numHeads: 2, maskFilterValue: 0 }),
      keyOf({ requested: new Set(['qk']) }),
      keyOf({ requested: new Set(['qk', 'presentKey']) }),
      keyOf({ specs: { query: spec(1, 3, 8) } }),
      keyOf({ specs: { query: { ...spec(1, 3, 8), dtype: 'float16' } } }),
      keyOf({ specs: { query: spec(13, 8) } }),
      keyOf({ specs: { bias: spec(1, 3, 8) } }),
      keyOf({ scalars: { pastSequenceLength: 1 } }),
      keyOf({ scalars: { pastSequenceLength: 2 } }),
    ]
    expect(keys).not.toContain(null)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is none for what no operator takes', () => {
    const odd = { 'numHeads=2|scale': 1 }
    expect(keyOf({}, odd)).toBeNull()
    expect(keyOf({}, { numHeads: {} as never })).toBeNull()
    expect(keyOf({}, { numHeads: ['2'] as never })).toBeNull()
    expect(keyOf({ unusable: { typo: {} } })).toBeNull()
    expect(keyOf({ specs: { typo: spec(1) } })).toBeNull()
    expect(keyOf({ scalars: { typo: 1 } })).toBeNull()
    expect(keyOf({ requested: new Set(['typo']) })).toBeNull()
  })
})

describe('a call like one before', () => {
  const inputs = () => ({ query: emptyTensor([1, 3, 8], 'float32'), ...keys() })
  const keys = () => ({
    key: emptyTensor([1, 3, 8], 'float32'),
    value: emptyTensor([1, 3, 8], 'float32'),
  })

  const opened = () => createAttention({ backends: [fakeHost()], environment: {} })

  it('is not lowered again, and one that differs is', async () => {
    const lower = vi.spyOn(multiHeadAttention, 'lower')
    const attention = await opened()
    const shapeOf = async (numHeads: number, outputs = {}) => {
      const result = await attention.multiHeadAttention(inputs(), { numHeads }, { outputs })
      return [result.output.shape, Object.keys(result)]
    }
    const first = await shapeOf(2)
    expect(await shapeOf(2)).toEqual(first)
    expect(lower).toHaveBeenCalledTimes(1)
    await shapeOf(4)
    expect((await shapeOf(2, { qk: true }))[1]).toContain('qk')
    expect(lower).toHaveBeenCalledTimes(3)
  })

  it('has results of its own', async () => {
    const attention = await opened()
    const one = await attention.multiHeadAttention(inputs(), { numHeads: 2 })
    const other = await attention.multiHeadAttention(inputs(), { numHeads: 2 })
    expect(other.output).not.toBe(one.output)
    expect(other.decision).toEqual(one.decision)
  })

  it('still has its values and its memory checked', async () => {
    const attention = await opened()
    const call = (length: number, output: unknown) => {
      const keyPaddingMask = tensor(Int32Array.of(length), [1])
      const all = { ...inputs(), keyPaddingMask }
      const outputs = { output: output === 'query' ? all.query : true }
      return attention.multiHeadAttention(all, { numHeads: 2 }, { outputs })
    }
    await call(2, true)
    await expect(call(-1, true)).rejects.toThrowError(/keyPaddingMask\[0\]/)
    await expect(call(2, 'query')).rejects.toThrowError(/memory that query shares/)
    await expect(call(2, true)).resolves.toBeDefined()
  })

  it('is refused as the first was', async () => {
    const attention = await opened()
    const wrong = () => attention.multiHeadAttention(inputs(), { numHeads: 3 })
    for (let turn = 0; turn < 2; turn++) await expect(wrong()).rejects.toThrowError(/E6/)
  })
})
