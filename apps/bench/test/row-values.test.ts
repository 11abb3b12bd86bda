import { emptyTensor } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { boundTensors } from '../src/subjects/bound-tensors.js'
import { formatValues, normalValues, packHeads } from '../src/subjects/row-values.js'
import type { BenchShape } from '../src/suites/bench-shape.js'
import { shapeProblem } from '../src/suites/bench-shape.js'

const SHAPE: BenchShape = {
  format: 'QKV',
  batch: 2,
  seqlen: 3,
  numHeads: 2,
  headDim: 4,
  causal: false,
  dtype: 'float32',
}

describe('values of a row', () => {
  it('are packed as [heads][part][dim]', () => {
    const packed = packHeads([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)], 2)
    expect([...packed]).toEqual([1, 2, 5, 6, 3, 4, 7, 8])
  })

  it('lie where the views of the format say, whichever the format', () => {
    const values = normalValues(SHAPE, 9)
    for (const format of ['Q,K,V', 'Q,KV', 'QKV'] as const) {
      const shape = { ...SHAPE, format }
      const problem = shapeProblem(shape)
      const { query, key = query, value = key } = formatValues(shape, values)
      const roles = [
        [problem.q, query!, values.query],
        [problem.k, key!, values.key],
        [problem.v, value!, values.value],
      ] as const
      for (const [view, data, plain] of roles) {
        const at = view.offset + view.batchStride + 2 * view.seqStride + view.headStride + 3
        expect(data[at], format).toBe(plain[((1 * 3 + 2) * 2 + 1) * 4 + 3])
      }
    }
  })

  it('give a packed tensor all its roles', () => {
    const [query, key, output] = [1, 2, 3].map((n) => emptyTensor([n], 'float32'))
    const packed = boundTensors({ query: query! }, output!)
    expect([packed.q, packed.k, packed.v]).toEqual([query, query, query])
    expect(packed.k).toBe(query)
    const half = boundTensors({ query: query!, key: key! }, output!)
    expect(half.v).toBe(key)
  })
})
