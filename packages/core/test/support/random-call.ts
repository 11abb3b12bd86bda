import type { Random } from '../../src/conformance/random.js'
import type { OperatorDefinition } from '../../src/operators/operator.js'
import type { ValidCall } from './valid-calls.js'

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
  [2 ** 53, 1, -1],
  10n,
  Symbol('x'),
  () => 4,
  new Proxy([1, 2], {}),
  Object.create(null),
  { shape: [2, 3], dtype: '__proto__' },
]
const DTYPES = ['float32', 'float16', 'int32', 'bool', 'float64', 'int8', '', undefined]

/** A call that is right but for a few random changes; anything may be anything. */
export interface MalformedCall {
  readonly specs: Record<string, unknown>
  readonly attributes: Record<string, unknown>
  readonly scalars: Record<string, unknown>
  readonly requested: Set<string>
}

function randomShape(random: Random, valid: readonly number[]): unknown {
  if (random.chance(0.03)) return random.pick(JUNK)
  const shape: unknown[] = [...valid]
  for (let changes = random.pick([0, 0, 0, 0, 1, 2]); changes > 0; changes--) {
    const at = random.integer(0, shape.length)
    const kind = random.integer(0, 3)
    if (kind === 0) shape[at] = random.pick(SIZES)
    else if (kind === 1) shape.splice(at, 1)
    else if (kind === 2) shape.splice(at, 0, random.pick(SIZES))
    else if (random.chance(0.2)) shape[at] = random.pick(JUNK)
  }
  return shape
}

function randomSpecs(random: Random, definition: OperatorDefinition, valid: ValidCall) {
  const specs: Record<string, unknown> = {}
  for (const { name, required } of definition.inputs) {
    const shape = valid.inputs[name]
    const pair = valid.pairs?.find(([, second]) => second === name)
    const usual = valid.usual?.includes(name) ? 0.85 : 0.2
    const wanted = pair === undefined ? usual : specs[pair[0]] === undefined ? 0.02 : 0.95
    if (shape === undefined || !random.chance(required ? 0.98 : wanted)) continue
    const dtype = random.chance(0.96) ? (valid.dtypes[name] ?? 'float32') : random.pick(DTYPES)
    const spec = { dtype, shape: randomShape(random, shape) }
    specs[name] = random.chance(0.02) ? random.pick(JUNK) : spec
  }
  if (random.chance(0.02)) {
    specs[random.pick(['toString', 'x', '', 'constructor'])] = random.pick(JUNK)
  }
  return specs
}

function randomAttributes(random: Random, definition: OperatorDefinition, valid: ValidCall) {
  const attributes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(valid.attributes)) {
    attributes[name] = random.chance(0.85) ? value : random.pick([1, 2, 3, 0, -4])
  }
  for (const [name, values] of Object.entries(valid.others ?? {})) {
    if (random.chance(0.2)) attributes[name] = random.pick(values)
  }
  for (const name of [...definition.attributes.map(({ name }) => name), 'extra']) {
    if (random.chance(0.02)) attributes[name] = random.pick(JUNK)
  }
  return attributes
}

export function randomMalformedCall(
  random: Random,
  definition: OperatorDefinition,
  valid: ValidCall,
): MalformedCall {
  const specs = randomSpecs(random, definition, valid)
  const scalars: Record<string, unknown> = {}
  for (const [name, values] of Object.entries(valid.scalars ?? {})) {
    if (specs[name] === undefined && !random.chance(0.05)) continue
    scalars[name] = random.chance(0.9) ? random.pick(values) : random.pick(JUNK)
  }
  const requested = new Set<string>()
  for (const { name } of definition.outputs) if (random.chance(0.2)) requested.add(name)
  if (random.chance(0.02)) requested.add('nothing')
  return { specs, attributes: randomAttributes(random, definition, valid), scalars, requested }
}
