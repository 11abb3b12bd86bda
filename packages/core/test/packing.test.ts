import { describe, expect, it } from 'vitest'
import { Random } from '../src/conformance/random.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { removePadding } from '../src/packing/remove-padding.js'
import { restorePadding } from '../src/packing/restore-padding.js'
import { DTYPES, FLOAT_DTYPES } from '../src/tensor/dtype.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { elementCount } from '../src/tensor/shape.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { ints } from './support/describe-rules.js'

/** A tensor whose elements count from 1. */
function counting<D extends HostTensor['dtype']>(dtype: D, ...shape: number[]): HostTensor<D> {
  const made = emptyTensor(shape, dtype)
  for (let i = 0; i < made.data.length; i++) {
    made.data[i] = (dtype === 'int64' ? BigInt(i + 1) : i + 1) as never
  }
  return made
}

describe('removePadding', () => {
  it('puts the real tokens one after the other', () => {
    const { packed, tokenOffset, cumulativeSequenceLength, maxSeqlen } = removePadding(
      counting('float32', 3, 4, 2),
      [1, 2, 4],
    )
    expect(packed.shape).toEqual([7, 2])
    expect([...packed.data]).toEqual([1, 2, 9, 10, 11, 12, 17, 18, 19, 20, 21, 22, 23, 24])
    expect(tokenOffset.shape).toEqual([3, 4])
    expect([...tokenOffset.data]).toEqual([0, 4, 5, 8, 9, 10, 11, 1, 2, 3, 6, 7])
    expect([...cumulativeSequenceLength.data]).toEqual([0, 1, 3, 7])
    expect(maxSeqlen).toBe(4)
  })

  it.each([
    [[1, 2], 2, [0, 2, 3, 1], [0, 1, 3]],
    [[2, 2], 4, [0, 1, 4, 5, 2, 3, 6, 7], [0, 2, 4]],
    [[0, 0], 1, [0, 1], [0, 0, 0]],
    [[], 3, [], [0]],
  ])(
    'orders the tokens of lengths %j in %i as ONNX Runtime does',
    (lengths, seqlen, order, sums) => {
      const padded = emptyTensor([lengths.length, seqlen, 3], 'float32')
      const result = removePadding(padded, Int32Array.from(lengths))
      expect([...result.tokenOffset.data]).toEqual(order)
      expect([...result.cumulativeSequenceLength.data]).toEqual(sums)
      expect(result.maxSeqlen).toBe(Math.max(0, ...lengths))
      expect(result.packed.shape).toEqual([sums.at(-1), 3])
    },
  )

  it('takes lengths as a tensor, and tokens without a width', () => {
    const { packed } = removePadding(counting('bfloat16', 2, 3), ints([2, 1]))
    expect(packed.shape).toEqual([3])
    expect(packed.dtype).toBe('bfloat16')
    expect([...packed.data]).toEqual([1, 2, 4])
  })
})

describe('restorePadding', () => {
  it('puts zeros where there is no token', () => {
    const tokenOffset = ints([0, 2, 3, 1], 2, 2)
    const padded = restorePadding(counting('float16', 3, 2), tokenOffset)
    expect(padded.shape).toEqual([2, 2, 2])
    expect(padded.dtype).toBe('float16')
    expect([...padded.data]).toEqual([1, 2, 0, 0, 3, 4, 5, 6])
  })

  it.each(DTYPES)('gives back what removePadding took, but for the padding: %s', (dtype) => {
    const random = new Random(7)
    for (let number = 0; number < 50; number++) {
      const [batch, seqlen] = [random.integer(0, 5), random.integer(0, 9)]
      const shape = [batch, seqlen, ...random.pick([[], [3], [2, 2], [0]])]
      const padded = counting(dtype, ...shape)
      const lengths = Array.from({ length: batch }, () => random.integer(0, seqlen))
      const { packed, tokenOffset } = removePadding(padded, lengths)
      const restored = restorePadding(packed, tokenOffset)
      expect(restored.shape).toEqual(shape)
      const row = elementCount(shape.slice(2))
      restored.data.forEach((value: number | bigint, i: number) => {
        const token = Math.floor(i / row)
        const isReal = token % seqlen < lengths[Math.floor(token / seqlen)]!
        if (Number(value) !== (isReal ? Number(padded.data[i]) : 0)) throw new Error(`element ${i}`)
      })
    }
  })
})

describe('packing refuses', () => {
  const padded = emptyTensor([2, 3, 4], 'float32')
  const packed = emptyTensor([2, 4], 'float32')
  const deviceTensor = Object.assign(Object.create(null), {
    ...packed,
    location: 'cuda',
    device: { index: 0 },
    pointer: 1n,
    disposed: false,
  })
  const broken = { ...padded, data: new Float32Array(3) }
  const buffer = new ArrayBuffer(32)
  const detached = tensor(new Float32Array(buffer), [2, 4])
  structuredClone(buffer, { transfer: [buffer] })

  const faults = (call: () => unknown) => {
    try {
      call()
    } catch (error) {
      if (isAttentionError(error) && error.details.faults) return error.details.faults
      throw error
    }
    return []
  }

  it.each([
    [
      'padded',
      'a tensor, as made by tensor() or on a device',
      () => removePadding({} as never, [1, 1]),
    ],
    ['padded.shape', '(B, S, …)', () => removePadding(tensor(new Float32Array(2), [2]), [1, 1])],
    ['padded.data', '24 for the shape (2, 3, 4)', () => removePadding(broken, [1, 1])],
    [
      'padded',
      'a tensor on the host',
      () => removePadding({ ...deviceTensor, shape: [2, 3] }, [1, 1]),
    ],
    [
      'lengths',
      'a list of B lengths, or an int32 tensor on the host',
      () => removePadding(padded, 5 as never),
    ],
    ['lengths.length', '2, B of padded', () => removePadding(padded, [1])],
    ['lengths[1]', 'an integer from 0 to S, 3', () => removePadding(padded, [1, 4])],
    ['lengths[0]', 'an integer from 0 to S, 3', () => removePadding(padded, [-1, 4])],
    ['lengths[0]', 'an integer from 0 to S, 3', () => removePadding(padded, [0.5, 1])],
    [
      'lengths[0]',
      'an integer from 0 to S, 3',
      () => removePadding(padded, new BigInt64Array(2) as never),
    ],
    ['lengths.dtype', 'int32', () => removePadding(padded, emptyTensor([2], 'int64') as never)],
    [
      'packed',
      'a tensor, as made by tensor() or on a device',
      () => restorePadding(null as never, ints([0, 1])),
    ],
    [
      'packed',
      'a tensor on the host',
      () => restorePadding(deviceTensor, ints([0, 1, 2, 3], 2, 2)),
    ],
    ['tokenOffset.shape', '(B, S)', () => restorePadding(packed, ints([0, 1]))],
    [
      'tokenOffset.dtype',
      'int32',
      () => restorePadding(packed, emptyTensor([2, 2], 'int64') as never),
    ],
    [
      'packed.shape',
      '(K, …)',
      () => restorePadding(tensor(new Float32Array(1), []), ints([0], 1, 1)),
    ],
    [
      'packed.shape[0]',
      'at most 1, B · S of tokenOffset',
      () => restorePadding(packed, ints([0], 1, 1)),
    ],
    ['tokenOffset[0]', '0 to 3', () => restorePadding(packed, ints([-1, 0, 2, 3], 2, 2))],
    ['tokenOffset[1]', '3 to 3', () => restorePadding(packed, ints([2, 2, 0, 1], 2, 2))],
    ['tokenOffset[1]', '1 to 3', () => restorePadding(packed, ints([0, 4, 0, 1], 2, 2))],
  ])('%s that is not %s', (path, required, call) => {
    expect(faults(call)).toContainEqual(expect.objectContaining({ path, required }))
  })

  it('memory that is not stable', () => {
    expect(() => restorePadding(detached, ints([0, 1], 1, 2))).toThrow(
      expect.objectContaining({ code: 'buffer-not-stable' }),
    )
  })

  it('nothing that is right', () => {
    for (const dtype of FLOAT_DTYPES) {
      expect(removePadding(emptyTensor([2, 3, 4], dtype), [3, 0]).packed.dtype).toBe(dtype)
    }
  })
})
