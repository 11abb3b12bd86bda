import { describe, expect, it } from 'vitest'
import { checkOverlap, mayShare } from '../src/call/check-overlap.js'
import { generateProblem } from '../src/conformance/generate-problem.js'
import { Random } from '../src/conformance/random.js'
import { FaultList } from '../src/errors/fault-list.js'
import type { AttentionProblem } from '../src/problem/attention-problem.js'
import type { TensorRole } from '../src/problem/attention-tensors.js'
import {
  completeProblem,
  defineProblem,
  type ProblemOptions,
} from '../src/problem/define-problem.js'
import { indexFaults } from '../src/problem/index-faults.js'
import { presentHeads } from '../src/problem/present-heads.js'
import { problemBytes } from '../src/problem/problem-bytes.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { tensorSpecs } from '../src/problem/tensor-specs.js'
import { visibleKeys } from '../src/problem/visible-keys.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'

const SIZES = { batch: 2, seqlenQ: 3, numHeads: 4, headDim: 8 }
const RAGGED = { seqlenK: 8, past: { seqlen: 5, perBatch: true } }

const define = (options: Partial<ProblemOptions>) => defineProblem({ ...SIZES, ...options })
const pathsOf = (options: object) =>
  problemFaults(completeProblem({ ...SIZES, ...options } as ProblemOptions)).map(({ path }) => path)
const shapesOf = (options: Partial<ProblemOptions>) =>
  Object.fromEntries(
    Object.entries(tensorSpecs(define(options))).map(([role, { shape }]) => [role, shape]),
  )

describe('defaults', () => {
  it('pair halves by a base of 10000, or by tables where there are rows', () => {
    const usual = { interleaved: false, base: 10000, tableRows: 0, positions: false }
    expect(define({ rotary: { dim: 8 } }).rotary).toEqual({ ...usual, dim: 8 })
    const tables = define({ rotary: { dim: 4, tableRows: 9, interleaved: true } })
    expect(tables.rotary).toMatchObject({ base: null, tableRows: 9, interleaved: true })
  })

  it('give one past to all', () => {
    const { past } = define({ past: { seqlen: 4 } })
    expect(past).toEqual({ seqlen: 4, perBatch: false, bufferLength: null })
  })
})

const ROTARY = { dim: 8, interleaved: false, base: 10000, tableRows: 0, positions: false }

describe('problemFaults', () => {
  it.each<[string, object]>([
    ['keyLengths', { keyLengths: -1 }],
    ['keyLengths', { keyLengths: 1.5 }],
    ['keyLengths', { keyLengths: 'all' }],
    ['keyLengths', { keyLengths: undefined }],
    ['keyLengths', { keyLengths: 2, layout: 'tnh' }],
    ['past.seqlen', { past: 'x' }],
    ['past.perBatch', { past: { seqlen: 0, perBatch: 1, bufferLength: null } }],
    ['past.perBatch', { past: { seqlen: 0, perBatch: undefined, bufferLength: null } }],
    ['past.bufferLength', { past: { seqlen: 2, bufferLength: 1 } }],
    ['past.bufferLength', { past: { seqlen: 2, bufferLength: 2 ** 31 } }],
    ['cacheStacked', { cacheStacked: 'yes' }],
    ['headDimV', { cacheStacked: true, headDimV: 4 }],
    ['qkNorm', { qkNorm: 3 }],
    ['qkNorm.epsilon', { qkNorm: {} }],
    ['qkNorm.epsilon', { qkNorm: { epsilon: -1e-6 } }],
    ['qkNorm.epsilon', { qkNorm: { epsilon: Number.POSITIVE_INFINITY } }],
    ['rotary.dim', { rotary: { ...ROTARY, dim: 0 } }],
    ['rotary.dim', { rotary: { ...ROTARY, dim: 3 } }],
    ['rotary.dim', { rotary: { ...ROTARY, dim: 10 } }],
    ['rotary.dim', { rotary: { ...ROTARY, dim: '8' } }],
    ['rotary.base', { rotary: { ...ROTARY, base: 0 } }],
    ['rotary.base', { rotary: { ...ROTARY, base: Number.NaN } }],
    ['rotary.base', { rotary: { ...ROTARY, base: '10000' } }],
    ['rotary.tableRows', { rotary: { ...ROTARY, tableRows: -1 } }],
    ['rotary.tableRows', { rotary: { ...ROTARY, base: null } }],
    ['rotary.tableRows', { rotary: { ...ROTARY, base: null, tableRows: 2 } }],
    ['rotary.tableRows', { rotary: { ...ROTARY, base: null, positions: true } }],
    ['rotary.interleaved', { rotary: { ...ROTARY, interleaved: 1 } }],
    ['rotary.positions', { rotary: { ...ROTARY, positions: null } }],
    ['rotary.positions', { rotary: { ...ROTARY, positions: true }, layout: 'tnh' }],
    ['seqlenK', { rotary: { ...ROTARY, positions: true }, seqlenK: 5 }],
    ['softmaxPrecision', { softmaxPrecision: 'float16' }],
    ['problem', { batch: 2 ** 20, seqlenQ: 1, seqlenK: 2 ** 30, past: { seqlen: 2 ** 29 } }],
  ])('finds a wrong %s in %j', (path, options) => {
    expect(pathsOf(options)).toContain(path)
  })

  it.each<Partial<ProblemOptions>>([
    { keyLengths: 0 },
    { keyLengths: 99 },
    { keyLengths: 'per-batch', ...RAGGED },
    { past: { seqlen: 2, bufferLength: 2 } },
    { cacheStacked: true, present: true },
    { qkNorm: { epsilon: 0 }, rotary: { dim: 2, base: 0.5 } },
    { rotary: { dim: 8, tableRows: 8 }, ...RAGGED },
    { rotary: { dim: 8, tableRows: 1, positions: true }, ...RAGGED },
    { rotary: { dim: 8, positions: true }, seqlenK: 5, past: { seqlen: 5 } },
    { rotary: { dim: 8, tableRows: 3 }, layout: 'tn3h' },
  ])('takes %j', (options) => {
    expect(pathsOf(options)).toEqual([])
  })
})

const JUNK: readonly unknown[] = [
  ...[undefined, null, Number.NaN, -1, 0, 0.5, 2 ** 31, 2 ** 53, Number.NEGATIVE_INFINITY],
  ...['x', '', true, 10n, Symbol('junk'), [], {}, [3], () => 3, Object.create(null)],
]

/** A problem with one field of it, or of an object in it, replaced. */
function spoiled(problem: AttentionProblem, random: Random): AttentionProblem {
  const names = Object.keys(problem) as (keyof AttentionProblem)[]
  const name = random.pick(names)
  const value: unknown = problem[name]
  const inner = typeof value === 'object' && value !== null && random.chance(0.7)
  const junk = inner
    ? { ...value, [random.pick(Object.keys(value))]: random.pick(JUNK) }
    : random.pick(JUNK)
  return { ...problem, [name]: junk }
}

describe('problems from anyone', () => {
  it('never make the checks throw, and those without faults have tensors', () => {
    let faulty = 0
    for (let seed = 0; seed < 4000; seed++) {
      const random = new Random(seed)
      const problem = spoiled(generateProblem(random, { maxFlops: 1e5 }), random)
      if (problemFaults(problem).length > 0) faulty++
      else
        for (const { minElements } of Object.values(tensorSpecs(problem))) {
          expect(Number.isSafeInteger(minElements)).toBe(true)
        }
    }
    expect(faulty).toBeGreaterThan(2000)
  })
})

describe('tensorSpecs', () => {
  it('has the lengths, weights, tables and positions', () => {
    expect(
      shapesOf({
        ...RAGGED,
        keyLengths: 'per-batch',
        qkNorm: { epsilon: 0 },
        rotary: { dim: 6, tableRows: 11, positions: true },
      }),
    ).toMatchObject({
      keyLengths: [2],
      pastSeqlens: [2],
      qNorm: [8],
      kNorm: [8],
      rotaryCos: [11, 3],
      rotarySin: [11, 3],
      positions: [2, 3],
      pastKey: [2, 4, 5, 8],
    })
  })

  it('asks for nothing that a problem does not use', () => {
    const roles = Object.keys(shapesOf({ keyLengths: 3, rotary: { dim: 8 }, past: { seqlen: 1 } }))
    expect(roles).toEqual(['q', 'k', 'v', 'output', 'pastKey', 'pastValue'])
  })

  it.each([
    [null, 5, 8],
    [6, 6, 8],
    [8, 8, 8],
    [20, 20, 20],
  ])('has rows of a cache in a buffer of %s', (bufferLength, past, present) => {
    const shapes = shapesOf({ ...RAGGED, past: { seqlen: 5, bufferLength }, present: true })
    expect(shapes).toMatchObject({ pastKey: [2, 4, past, 8], presentValue: [2, 4, present, 8] })
  })

  it('has one tensor for a stacked cache, and counts its bytes once', () => {
    const options = { ...RAGGED, numHeadsKv: 2, present: true }
    const stacked = { ...options, cacheStacked: true }
    const past = [2, 2, 2, 5, 8]
    const present = [2, 2, 2, 8, 8]
    expect(shapesOf(stacked)).toMatchObject({
      pastKey: past,
      pastValue: past,
      presentKey: present,
      presentValue: present,
    })
    expect(problemBytes(define(stacked))).toBe(problemBytes(define(options)))
  })

  it('counts its elements where a tensor is too small', () => {
    const problem = define({ ...RAGGED, cacheStacked: true })
    const small = emptyTensor([2, 4, 5, 8], 'float32')
    const whole = emptyTensor([2 * 3 * 4 * 8], 'float32')
    const pastSeqlens = tensor(Int32Array.of(1, 2), [2])
    const tensors = { q: whole, k: whole, v: whole, output: whole, pastSeqlens }
    const paths = tensorFaults(problem, { ...tensors, pastKey: small, pastValue: small })
    expect(paths.map(({ path }) => path)).toEqual(['pastKey.shape', 'pastValue.shape'])
  })
})

describe('the tensors of a stacked cache', () => {
  it('are one', () => {
    const problem = define({ seqlenK: 8, past: { seqlen: 5 }, cacheStacked: true, present: true })
    const whole = emptyTensor([2 * 3 * 4 * 8], 'float32')
    const [past, present] = [5, 8].map((rows) => emptyTensor([2, 2, 4, rows, 8], 'float32'))
    const heads = { q: whole, k: whole, v: whole, output: whole }
    const good = {
      ...heads,
      pastKey: past!,
      pastValue: { ...past! },
      presentKey: present!,
      presentValue: present!,
    }
    expect(tensorFaults(problem, good)).toEqual([])
    const others = emptyTensor([2, 2, 4, 8, 8], 'float32')
    expect(tensorFaults(problem, { ...good, pastValue: others, presentValue: others })).toEqual([
      {
        path: 'pastValue',
        found: 'another tensor',
        required: 'the tensor of pastKey, in a stacked cache',
      },
      {
        path: 'presentValue',
        found: 'another tensor',
        required: 'the tensor of presentKey, in a stacked cache',
      },
    ])
  })
})

describe('presentHeads', () => {
  it('has the values behind all keys when the cache is stacked', () => {
    const options = { ...RAGGED, numHeadsKv: 1, numHeads: 1, cacheStacked: true }
    const heads = presentHeads(define(options), 'presentValue')
    expect(heads).toEqual([
      { batch: 0, head: 0, dim: 8, at: 128, end: 192 },
      { batch: 1, head: 1, dim: 8, at: 192, end: 256 },
    ])
    expect(presentHeads(define(options), 'presentKey')[1]).toMatchObject({ at: 64 })
  })
})

describe('indexFaults', () => {
  const rotary = { dim: 8, tableRows: 4, positions: true }
  const problem = define({ ...RAGGED, keyLengths: 'per-batch', rotary })
  const int32 = (...values: readonly number[]) => tensor(Int32Array.from(values), [values.length])
  const good = {
    keyLengths: int32(0, 99),
    pastSeqlens: int32(0, 5),
    positions: int32(0, 3, 1, 2, 2, 0),
  }

  it('takes lengths past the keys, and all that lies inside', () => {
    expect(indexFaults(problem, good)).toEqual([])
  })

  it.each([
    ['keyLengths[1]', { keyLengths: int32(3, -1) }, '0 or more'],
    ['pastSeqlens[0]', { pastSeqlens: int32(-1, 2) }, '0 to 5'],
    ['pastSeqlens[1]', { pastSeqlens: int32(5, 6) }, '0 to 5'],
    ['positions[2]', { positions: int32(0, 0, 4, -1, 0, 0) }, '0 to 3'],
    ['positions[5]', { positions: int32(0, 0, 3, 0, 0, -1) }, '0 to 3'],
  ])('sees a bad value of %s', (path, bad, required) => {
    const faults = indexFaults(problem, { ...good, ...bad })
    expect(faults).toEqual([{ path, found: expect.any(String), required }])
  })

  it('leaves positions alone where there are no tables, and what is not used', () => {
    const anywhere = define({ rotary: { dim: 8, positions: true } })
    expect(indexFaults(anywhere, { positions: int32(-7, 1e9, 0, 0, 0, 0) })).toEqual([])
    expect(indexFaults(define({ keyLengths: 2 }), { keyLengths: int32(-1, -1) })).toEqual([])
  })
})

describe('visibleKeys', () => {
  const of = (options: Partial<ProblemOptions>, query: number, context = {}) =>
    visibleKeys(define({ seqlenK: 6, ...options }), 1, query, context)

  it('ends at the key length, clamped to the keys', () => {
    expect(of({ keyLengths: 4 }, 0)).toEqual([0, 4])
    expect(of({ keyLengths: 0 }, 0)).toEqual([0, 0])
    expect(of({ keyLengths: 9 }, 0)).toEqual([0, 6])
    expect(of({ keyLengths: 9 }, 0, { seqlenK: 3 })).toEqual([0, 3])
    expect(of({ keyLengths: 'per-batch' }, 0, { keyLengths: [6, 2] })).toEqual([0, 2])
    expect(of({ keyLengths: 'per-batch' }, 0, { keyLengths: [6, -3] })).toEqual([0, 0])
  })

  it('comes on top of causal and windows, which do not move', () => {
    expect(of({ keyLengths: 2, causal: true }, 0)).toEqual([0, 1])
    expect(of({ keyLengths: 2, causal: true, causalOffset: 3 }, 0)).toEqual([0, 2])
    expect(of({ keyLengths: 2, windowLeft: 0, causalOffset: 3 }, 0)).toEqual([2, 2])
    expect(of({ keyLengths: 5, windowLeft: 1, windowRight: 1 }, 4)).toEqual([3, 5])
  })
})

describe('tensors that may be one', () => {
  const buffer = (bufferLength: number | null, more = {}) =>
    define({ seqlenK: 8, past: { seqlen: 5, bufferLength }, present: true, ...more })
  const both = (problem: AttentionProblem, output: TensorRole, other: TensorRole) =>
    mayShare(problem, output, other)

  it('are past and present of a buffer that holds all keys', () => {
    expect(both(buffer(8), 'presentKey', 'pastKey')).toBe(true)
    expect(both(buffer(8), 'presentKey', 'pastValue')).toBe(false)
    expect(both(buffer(7), 'presentKey', 'pastKey')).toBe(false)
    expect(both(buffer(null), 'presentKey', 'pastKey')).toBe(false)
    expect(both(buffer(8), 'output', 'q')).toBe(false)
  })

  it('are keys and values of a stacked cache', () => {
    const stacked = { cacheStacked: true }
    expect(both(buffer(8, stacked), 'presentKey', 'pastValue')).toBe(true)
    expect(both(buffer(null, stacked), 'presentValue', 'presentKey')).toBe(true)
    expect(both(buffer(null, stacked), 'presentKey', 'pastKey')).toBe(false)
    expect(both(buffer(8), 'presentValue', 'presentKey')).toBe(false)
    const list = new FaultList()
    const cache = emptyTensor([2, 2, 4, 8, 8], 'float32')
    const named = (role: TensorRole) => ({ role, path: role, tensor: cache })
    const outputs = [named('presentKey'), named('presentValue')]
    checkOverlap(buffer(8, stacked), [named('pastKey'), named('pastValue')], outputs, list)
    expect(list.faults).toEqual([])
    checkOverlap(buffer(9), [named('pastKey')], outputs, list)
    expect(list.faults.map(({ path }) => path)).toEqual(['presentValue', 'presentValue'])
  })
})
