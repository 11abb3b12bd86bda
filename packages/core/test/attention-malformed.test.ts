import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { BoundProblem } from '../src/backend/plan.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { indexFaults } from '../src/problem/index-faults.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { DTYPES } from '../src/tensor/dtype.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { fakeHost } from './fakes/fake-backend.js'

const CALLS = 100_000
const SEED = 17_227

/** Mulberry32, by Tommy Ettinger: small, seeded, good enough to choose mistakes. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = randomOf(SEED)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const SIZES = [0, 1, 2, 3, 4, 8, -1, 1.5, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]
const shape = () => Array.from({ length: Math.floor(random() * 6) }, () => pick(SIZES))

function someTensor(): unknown {
  const sizes = Array.from({ length: Math.floor(random() * 6) }, () => pick([0, 1, 2, 3, 4, 8]))
  return emptyTensor(sizes, pick(DTYPES))
}

/** A tensor of which one part is a lie. */
function lyingTensor(): unknown {
  const honest = emptyTensor([1, 3, 8], 'float32')
  const lie = pick(['dtype', 'shape', 'data', 'location', 'device'])
  return { ...honest, [lie]: lie === 'shape' ? shape() : junk() }
}

function junk(): unknown {
  return pick<() => unknown>([
    () => null,
    () => undefined,
    () => pick(SIZES),
    () => pick(['', 'float16', 'cuda', '__proto__', 'x'.repeat(1000)]),
    () => Symbol('junk'),
    () => 10n ** 30n,
    () => () => {},
    () => ({}),
    () => Object.create(null),
    () => [],
    () => shape(),
    () => new Float32Array(3),
    () => new DataView(new ArrayBuffer(8)),
    () => new SharedArrayBuffer(8),
    () => new Date(Number.NaN),
    () => ({ [Symbol.for('attnkit.tensor')]: true }),
    () => ({ only: 'nothing' }),
    someTensor,
    someTensor,
    lyingTensor,
    lyingTensor,
  ])()
}

function validCall() {
  const tensor = (...sizes: number[]) => emptyTensor(sizes, 'float32')
  return pick<() => Record<string, unknown>>([
    () => ({ query: tensor(1, 3, 8), key: tensor(1, 3, 8), value: tensor(1, 3, 8) }),
    () => ({ query: tensor(1, 3, 2, 3, 4) }),
    () => ({ query: tensor(1, 3, 8), key: tensor(1, 3, 2, 2, 4) }),
    () => ({ query: tensor(1, 3, 8), key: tensor(1, 2, 3, 4), value: tensor(1, 2, 3, 4) }),
    () => ({
      query: tensor(1, 1, 8),
      key: tensor(1, 1, 8),
      value: tensor(1, 1, 8),
      pastKey: tensor(1, 2, 4, 4),
      pastValue: tensor(1, 2, 4, 4),
      pastSequenceLength: 2,
    }),
  ])()
}

const INPUTS = [
  'query',
  'key',
  'value',
  'bias',
  'keyPaddingMask',
  'attentionBias',
  'pastKey',
  'pastValue',
  'pastSequenceLength',
  'cacheIndirection',
  'other',
  '__proto__',
]
const ATTRIBUTES = ['numHeads', 'unidirectional', 'maskFilterValue', 'scale', 'other']
const OPTIONS = ['stream', 'outputs', 'policy', 'validateDevice', 'other']
const OUTPUTS = ['output', 'presentKey', 'presentValue', 'qk', 'other']

function mutate(call: { inputs: unknown; attributes: unknown; options: unknown }) {
  const field = (object: unknown, names: readonly string[], value: () => unknown = junk) => {
    if (typeof object !== 'object' || object === null || !Object.isExtensible(object)) return
    Reflect.set(object, pick(names), value())
  }
  const kind = random()
  if (kind < 0.02) call.inputs = junk()
  else if (kind < 0.04) call.attributes = junk()
  else if (kind < 0.06) call.options = junk()
  else if (kind < 0.6) field(call.inputs, INPUTS)
  else if (kind < 0.75) field(call.attributes, ATTRIBUTES)
  else if (kind < 0.85) field(call.options, OPTIONS)
  else field(call.options, ['outputs'], () => ({ [pick(OUTPUTS)]: random() < 0.5 ? true : junk() }))
}

/** A backend that computes nothing, and holds what reaches it to what it may rely on. */
function strictBackend() {
  return fakeHost({
    onRun: (bound) => {
      const { problem, ...tensors } = bound as BoundProblem<HostTensor>
      const faults = [
        ...problemFaults(problem),
        ...tensorFaults(problem, tensors),
        ...indexFaults(problem, tensors),
      ]
      if (faults.length > 0) throw new Error(`a backend was given ${JSON.stringify(faults)}`)
    },
  })
}

const TYPED = new Set(['invalid-argument', 'buffer-not-stable', 'no-backend-supports'])

describe('malformed calls', () => {
  it(`end in typed errors, ${CALLS} of them, and never reach a backend`, async () => {
    const attention = await createAttention({ backends: [strictBackend()], environment: {} })
    const counts = { succeeded: 0, refused: 0 }
    for (let round = 0; round < CALLS; round++) {
      const call = {
        inputs: validCall() as unknown,
        attributes: { numHeads: 2 } as unknown,
        options: {} as unknown,
      }
      const mistakes = 1 + Math.floor(random() * 3)
      for (let mistake = 0; mistake < mistakes; mistake++) mutate(call)
      try {
        await attention.call(
          'MultiHeadAttention',
          call.inputs as never,
          call.attributes as never,
          call.options as never,
        )
        counts.succeeded++
      } catch (error) {
        counts.refused++
        if (isAttentionError(error) && TYPED.has(error.code) && error.message.length < 5000)
          continue
        throw new Error(`call ${round} of seed ${SEED} ended in ${error}`, { cause: error })
      }
    }
    expect(counts.refused).toBeGreaterThan(CALLS / 2)
    expect(counts.succeeded).toBeGreaterThan(CALLS / 100)
  }, 120_000)
})

describe('a problem of nothing', () => {
  it('is not given to a backend, however large its other sizes', async () => {
    const ran: unknown[] = []
    const attention = await createAttention({
      backends: [fakeHost({ onRun: (bound) => ran.push(bound) })],
      environment: {},
    })
    const nothing = emptyTensor([2 ** 31 - 1, 0, 8], 'float32')
    const inputs = { query: nothing, key: nothing, value: nothing }
    const { output } = await attention.multiHeadAttention(inputs, { numHeads: 2 })
    expect(output.shape).toEqual([2 ** 31 - 1, 0, 8])
    expect(ran).toEqual([])
  })
})
