import { expect, it } from 'vitest'
import { Random } from '../src/conformance/random.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { multiHeadAttention } from '../src/operators/multi-head-attention.js'
import type { Attributes, Inputs, Scalars, Specs } from '../src/operators/operator.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { elementCount } from '../src/tensor/shape.js'

const VALID = {
  query: [2, 3, 32],
  key: [2, 5, 32],
  value: [2, 5, 24],
  bias: [88],
  keyPaddingMask: [2, 5],
  attentionBias: [1, 4, 3, 5],
  pastKey: [2, 4, 7, 8],
  pastValue: [2, 4, 7, 8],
  pastSequenceLength: [1],
  cacheIndirection: [2, 1, 7],
} as const
const NAMES = Object.keys(VALID) as (keyof typeof VALID)[]
const INDICES = ['keyPaddingMask', 'pastSequenceLength', 'cacheIndirection']
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 12, 32, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53]
const JUNK: readonly unknown[] = [
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  -0,
  0.5,
  2 ** 60,
  '',
  'float32',
  true,
  [],
  {},
  [Number.NaN],
  ['3'],
  new Array(3),
  10n,
  Symbol('x'),
  () => 4,
  new Proxy([1, 2], {}),
  Object.create(null),
  { shape: [2, 3], dtype: '__proto__' },
]
const DTYPES = ['float32', 'float16', 'int32', 'bool', 'float64', 'int8', '', undefined]

function randomShape(random: Random, valid: readonly number[]): unknown {
  if (random.chance(0.03)) return random.pick(JUNK)
  const shape: unknown[] = [...valid]
  for (let changes = random.pick([0, 0, 0, 1, 2]); changes > 0; changes--) {
    const at = random.integer(0, shape.length)
    const kind = random.integer(0, 3)
    if (kind === 0) shape[at] = random.pick(SIZES)
    else if (kind === 1) shape.splice(at, 1)
    else if (kind === 2) shape.splice(at, 0, random.pick(SIZES))
    else if (random.chance(0.2)) shape[at] = random.pick(JUNK)
  }
  return shape
}

function randomCall(random: Random) {
  const specs: Record<string, unknown> = {}
  for (const name of NAMES) {
    const wanted = name === 'query' ? 0.97 : name === 'key' || name === 'value' ? 0.85 : 0.2
    if (!random.chance(wanted)) continue
    const usual = INDICES.includes(name) ? 'int32' : 'float32'
    const dtype = random.chance(0.95) ? usual : random.pick(DTYPES)
    const spec = { dtype, shape: randomShape(random, VALID[name]) }
    specs[name] = random.chance(0.02) ? random.pick(JUNK) : spec
  }
  if (random.chance(0.02))
    specs[random.pick(['toString', 'x', '', 'constructor'])] = random.pick(JUNK)
  const attributes: Record<string, unknown> = { numHeads: random.pick([4, 4, 4, 4, 2, 3, 0, -4]) }
  for (const name of ['numHeads', 'unidirectional', 'maskFilterValue', 'scale', 'extra']) {
    if (random.chance(0.04)) attributes[name] = random.pick(JUNK)
  }
  const scalars: Record<string, unknown> = {}
  if (specs.pastSequenceLength !== undefined || random.chance(0.05)) {
    scalars.pastSequenceLength = random.chance(0.8) ? random.integer(-1, 9) : random.pick(JUNK)
  }
  const requested = new Set<string>()
  for (const name of ['output', 'presentKey', 'presentValue', 'qk', 'nothing']) {
    if (random.chance(name === 'nothing' ? 0.02 : 0.2)) requested.add(name)
  }
  return { specs, attributes, scalars, requested }
}

type Call = ReturnType<typeof randomCall>

/** Every role of an accepted call is served by tensors of the shapes given. */
function checkAccepted(call: Call, random: Random): void {
  const { specs, attributes, scalars, requested } = call
  const lowered = multiHeadAttention.lower(
    specs as Specs,
    attributes as Attributes,
    scalars as Scalars,
    requested,
  )
  const { problem, roles, outputs } = lowered
  expect(problemFaults(problem)).toEqual([])
  const shapes = Object.entries(roles).map(
    ([role, input]) => [role, (specs as Specs)[input]!] as const,
  )
  const all = [
    ...shapes,
    ...outputs.flatMap((output) => output.roles.map((role) => [role, output] as const)),
  ]
  if (all.every(([, { shape }]) => elementCount(shape) < 10_000)) {
    const made = all.map(([role, { shape, dtype }]) => [role, emptyTensor(shape, dtype)])
    expect(tensorFaults(problem, Object.fromEntries(made))).toEqual([])
  }
  const { length } = (specs as Specs).keyPaddingMask?.shape ?? []
  if (problem.mask?.kind !== 'lengths' || length === undefined) return
  const values = Int32Array.from(
    { length: elementCount((specs as Specs).keyPaddingMask!.shape) },
    () => random.integer(-3, 9),
  )
  const inputs: Inputs = { keyPaddingMask: tensor(values, [values.length]) }
  for (const fault of multiHeadAttention.checkValues(inputs, lowered))
    expect(fault.rule).toBe('E12')
}

it('100,000 random malformed calls end in typed errors, or are right', () => {
  const random = new Random(2)
  const codes: Record<string, number> = {}
  for (let number = 0; number < 100_000; number++) {
    const call = randomCall(random)
    let code = 'accepted'
    try {
      checkAccepted(call, random)
    } catch (error) {
      if (!isAttentionError(error)) throw error
      code = error.code
      for (const { path, found, required } of error.details.faults ?? []) {
        if (path === undefined || found === '' || required === '') throw error
      }
    }
    codes[code] = (codes[code] ?? 0) + 1
  }
  expect(Object.keys(codes).sort()).toEqual(['accepted', 'invalid-argument', 'no-backend-supports'])
  expect(codes.accepted).toBeGreaterThan(1000)
}, 60_000)
