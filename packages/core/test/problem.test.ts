import { describe, expect, it } from 'vitest'
import { isAttentionError } from '../src/errors/attention-error.js'
import type { AttentionProblem } from '../src/problem/attention-problem.js'
import { defineProblem, type ProblemOptions } from '../src/problem/define-problem.js'
import { indexFaults } from '../src/problem/index-faults.js'
import { problemBytes } from '../src/problem/problem-bytes.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { problemFlops } from '../src/problem/problem-flops.js'
import { projectionBiasPlacement } from '../src/problem/projection-bias-placement.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { packedRoles, tensorSpecs } from '../src/problem/tensor-specs.js'
import { tokenCapacity } from '../src/problem/view-extent.js'
import { visibleKeys } from '../src/problem/visible-keys.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'

const SIZES = { batch: 2, seqlenQ: 3, numHeads: 4, headDim: 8 }

function pathsOf(options: object): readonly string[] {
  try {
    defineProblem({ ...SIZES, ...options } as ProblemOptions)
  } catch (error) {
    if (isAttentionError(error)) return error.details.faults!.map((fault) => fault.path)
    throw error
  }
  return []
}

describe('defineProblem', () => {
  it('fills in self-attention over contiguous tensors', () => {
    const problem = defineProblem({ ...SIZES, headDim: 16 })
    expect(problem).toMatchObject({ seqlenK: 3, numHeadsKv: 4, headDimV: 16, softmaxScale: 0.25 })
    expect(problem.q).toEqual({ offset: 0, batchStride: 192, seqStride: 64, headStride: 16 })
    expect(problemFaults(problem)).toEqual([])
  })

  it('reads packed layouts in place, heads outside', () => {
    const { k, v } = defineProblem({ ...SIZES, layout: 'bsn3h' })
    expect(k).toEqual({ offset: 8, batchStride: 288, seqStride: 96, headStride: 24 })
    expect(v.offset).toBe(16)
    const kv = defineProblem({ ...SIZES, seqlenK: 5, layout: 'bsn2h' })
    expect(kv.v).toEqual({ offset: 8, batchStride: 320, seqStride: 64, headStride: 16 })
    expect(packedRoles(kv)).toEqual([['q'], ['k', 'v']])
  })

  it('takes heads first and tokens', () => {
    const { q } = defineProblem({ ...SIZES, layout: 'bnsh' })
    expect(q).toEqual({ offset: 0, batchStride: 96, seqStride: 8, headStride: 24 })
    const tokens = defineProblem({ ...SIZES, layout: 'tnh' })
    expect(tokens.varlen).toBe(true)
    expect(tokens.q).toEqual({ offset: 0, batchStride: 0, seqStride: 32, headStride: 8 })
  })

  it.each([
    ['batch', { batch: -1 }],
    ['seqlenQ', { seqlenQ: 2 ** 31 }],
    ['headDim', { headDim: 0 }],
    ['dtype', { dtype: 'int8' }],
    ['softmaxScale', { softmaxScale: Number.NaN }],
    ['softcap', { softcap: -1 }],
    ['causalOffset', { causalOffset: 0.5 }],
    ['windowRight', { causal: true, windowRight: 0 }],
    ['mask.kind', { mask: { kind: 'none' } }],
    ['mask.dtype', { mask: { kind: 'lengths', dtype: 'bool' } }],
    ['mask.filterValue', { mask: { kind: '2d', filterValue: Number.NaN } }],
    [
      'mask.view.offset',
      { mask: { kind: '2d', view: { batchStride: 0, headStride: 0, rowStride: 0 } } },
    ],
    ['numHeadsKv', { numHeadsKv: 3 }],
    ['numHeadsKv', { numHeadsKv: 2, projectionBias: { q: true, k: true, v: true } }],
    ['past.seqlen', { seqlenK: 2, past: { seqlen: 3, bufferLength: null } }],
    ['past.bufferLength', { seqlenK: 8, past: { seqlen: 3, bufferLength: 2 } }],
    ['headDimV', { headDimV: 4, layout: 'bsn2h' }],
    ['seqlenK', { seqlenK: 5, layout: 'bsn3h' }],
    ['present', { layout: 'tnh', present: true }],
    ['layout', { layout: 'bsnh', varlen: true }],
    ['q', { q: null }],
    ['q.offset', { q: { offset: -1, batchStride: 0, seqStride: 0, headStride: 0 } }],
    ['output', { output: { offset: 0, batchStride: 0, seqStride: 32, headStride: 8 } }],
    ['k', { k: { offset: 0, batchStride: 2 ** 53 - 1, seqStride: 2 ** 52, headStride: 8 } }],
  ])('refuses a wrong %s', (path, options) => {
    expect(pathsOf(options)).toContain(path)
  })

  it('names every fault at once', () => {
    expect(pathsOf({ batch: 1.5, dtype: 'x', softcap: Number.NaN })).toEqual([
      'batch',
      'dtype',
      'softcap',
    ])
  })

  it.each([null, 3, 'x', {}, [], { mask: 3, past: 1, q: 4 }])('finds faults in %j', (value) => {
    expect(problemFaults(value as unknown as AttentionProblem).length).toBeGreaterThan(0)
  })
})

describe('tensorSpecs', () => {
  it('has the shape of each role', () => {
    const specs = tensorSpecs(
      defineProblem({
        ...SIZES,
        seqlenK: 7,
        numHeadsKv: 2,
        headDimV: 16,
        dtype: 'float16',
        past: { seqlen: 5, bufferLength: 10 },
        present: true,
        mask: { kind: '3d' },
        attentionBias: { broadcast: { batch: true } },
        qkOutput: 'biased',
        softmaxLse: true,
        sink: 'per-head',
        causalOffset: 'per-batch',
      }),
    )
    const shapes = Object.fromEntries(
      Object.entries(specs).map(([role, { shape }]) => [role, shape]),
    )
    expect(shapes).toEqual({
      q: [2, 3, 4, 8],
      k: [2, 2, 2, 8],
      v: [2, 2, 2, 16],
      output: [2, 3, 4, 16],
      attentionBias: [4 * 3 * 7],
      pastKey: [2, 2, 10, 8],
      pastValue: [2, 2, 10, 16],
      presentKey: [2, 2, 10, 8],
      presentValue: [2, 2, 10, 16],
      mask: [2 * 3 * 7],
      causalOffset: [2],
      sink: [4],
      qk: [2, 4, 3, 7],
      softmaxLse: [2, 4, 3],
    })
    expect(specs.sink?.dtype).toBe('float32')
    expect(specs.qk?.dtype).toBe('float16')
  })

  it('asks for the tokens of varlen and nothing for no new keys', () => {
    const varlen = defineProblem({ ...SIZES, layout: 'tn3h' })
    expect(tensorSpecs(varlen, { q: 5, k: 5 }).k).toMatchObject({
      shape: [5, 4, 3, 8],
      minElements: 472,
    })
    const decoded = defineProblem({ ...SIZES, seqlenK: 3, past: { seqlen: 3, bufferLength: null } })
    expect(tensorSpecs(decoded).k).toBeUndefined()
  })

  it('counts the tokens that a tensor holds', () => {
    const { q: view } = defineProblem({ ...SIZES, layout: 'tn3h' })
    const axes = { view, seqlen: 3, heads: 4, headDim: 8 }
    expect(tokenCapacity(axes, 5 * 96)).toBe(5)
    expect(tokenCapacity(axes, 5 * 96 - 17)).toBe(4)
    expect(tokenCapacity(axes, 3)).toBe(0)
  })
})

describe('tensorFaults and indexFaults', () => {
  const problem = defineProblem({ ...SIZES, layout: 'tnh', mask: { kind: 'lengths' } })
  const starts = tensor(Int32Array.of(0, 3, 5), [3])
  const whole = emptyTensor([5, 4, 8], 'float32')
  const mask = tensor(Int32Array.of(3, 2), [2])
  const tensors = {
    q: whole,
    k: whole,
    v: whole,
    output: whole,
    mask,
    cuSeqlensQ: starts,
    cuSeqlensK: starts,
  }

  it('accept tensors of the right sizes', () => {
    expect(tensorFaults(problem, tensors)).toEqual([])
    expect(indexFaults(problem, tensors)).toEqual([])
  })

  it('see missing, small and wrongly typed tensors', () => {
    const small = emptyTensor([4, 4, 8], 'float32')
    const faults = tensorFaults(problem, { ...tensors, k: small, mask: emptyTensor([2], 'int64') })
    expect(faults).toEqual([
      { path: 'k.shape', found: '128', required: '160 elements at least' },
      { path: 'mask.dtype', found: '"int64"', required: 'int32' },
    ])
    const { output: _, ...rest } = tensors
    expect(tensorFaults(problem, rest as never)[0]?.path).toBe('output')
  })

  it.each([
    ['cuSeqlensQ[0]', { cuSeqlensQ: tensor(Int32Array.of(1, 3, 5), [3]) }],
    ['cuSeqlensQ[2]', { cuSeqlensQ: tensor(Int32Array.of(0, 3, 2), [3]) }],
    ['cuSeqlensK[1]', { cuSeqlensK: tensor(Int32Array.of(0, 4, 5), [3]) }],
    ['mask[1]', { mask: tensor(Int32Array.of(9, -1), [2]) }],
  ])('see a bad value of %s', (path, bad) => {
    expect(indexFaults(problem, { ...tensors, ...bad }).map((fault) => fault.path)).toEqual([path])
  })
})

describe('visibleKeys', () => {
  const of = (options: Partial<ProblemOptions>, query: number, context = {}) =>
    visibleKeys(defineProblem({ ...SIZES, seqlenK: 6, ...options }), 1, query, context)

  it('shifts the diagonal', () => {
    expect(of({}, 1)).toEqual([0, 6])
    expect(of({ causal: true }, 1)).toEqual([0, 2])
    expect(of({ causal: true, causalOffset: 3 }, 1)).toEqual([0, 5])
    expect(of({ causal: true, causalOffset: -2 }, 1)).toEqual([0, 0])
    expect(of({ causal: true, causalOffset: 'per-batch' }, 0, { causalOffset: [0, 4] })).toEqual([
      0, 5,
    ])
  })

  it('counts the diagonal and the keys beside it', () => {
    expect(of({ windowLeft: 1, windowRight: 2 }, 2)).toEqual([1, 5])
    expect(of({ causal: true, windowLeft: 0, causalOffset: 3 }, 1)).toEqual([4, 5])
    expect(of({ windowLeft: 0, causalOffset: 9 }, 1)).toEqual([6, 6])
    expect(of({ windowRight: 0, seqlenK: 6 }, 2, { seqlenK: 2 })).toEqual([0, 2])
  })
})

describe('counting', () => {
  it('halves operations only when causal and square', () => {
    expect(problemFlops(defineProblem(SIZES))).toBe(4 * 2 * 4 * 9 * 8)
    expect(problemFlops(defineProblem({ ...SIZES, causal: true }))).toBe(2 * 2 * 4 * 9 * 8)
    expect(problemFlops(defineProblem({ ...SIZES, seqlenK: 1, causal: true }))).toBe(
      4 * 2 * 4 * 3 * 8,
    )
  })

  it('counts each element once, packed or not', () => {
    const plain = problemBytes(defineProblem(SIZES))
    expect(plain).toBe(4 * 4 * 2 * 3 * 4 * 8)
    expect(problemBytes(defineProblem({ ...SIZES, layout: 'bsn3h' }))).toBe(plain)
    expect(problemBytes(defineProblem({ ...SIZES, mask: { kind: 'lengths' } }))).toBe(plain + 8)
  })
})

describe('projectionBiasPlacement', () => {
  const projectionBias = { q: true, k: true, v: true }
  const of = (options: Partial<ProblemOptions>) =>
    projectionBiasPlacement(defineProblem({ ...SIZES, projectionBias, ...options }))

  it('drops what softmax does not see', () => {
    expect(of({})).toEqual({ q: 'load', k: 'drop', v: 'output' })
    expect(of({ projectionBias: null })).toEqual({ q: 'none', k: 'none', v: 'none' })
  })

  it.each([
    [{ softcap: 3 }, { k: 'load', v: 'output' }],
    [{ qkOutput: 'biased' as const }, { k: 'load', v: 'output' }],
    [{ softmaxLse: true }, { k: 'load', v: 'output' }],
    [{ present: true }, { k: 'load', v: 'output' }],
    [{ sink: 'zero' as const }, { k: 'load', v: 'load' }],
    [{ past: { seqlen: 1, bufferLength: null } }, { k: 'load', v: 'load' }],
  ])('adds it where %j shows it', (options, expected) => {
    expect(of(options)).toMatchObject(expected)
  })
})
