import { describe, expect, it } from 'vitest'
import { deriveOnHost } from '../src/call/derive-on-host.js'
import { Random } from '../src/conformance/random.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { OPERATORS } from '../src/operators/index.js'
import type {
  Attributes,
  Inputs,
  LoweredCall,
  OperatorDefinition,
  Scalars,
  Specs,
  TensorSpec,
} from '../src/operators/operator.js'
import type { AttentionTensors } from '../src/problem/attention-tensors.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { INDEX_DTYPES } from '../src/tensor/dtype.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
import { elementCount } from '../src/tensor/shape.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { type MalformedCall, randomMalformedCall } from './support/random-call.js'
import { VALID_CALLS } from './support/valid-calls.js'

const CALLS = 20_000

function emptyOf({ shape, dtype }: TensorSpec): HostTensor {
  return emptyTensor(shape, dtype)
}

/** What plays each role of a lowered call: inputs, what is made of them, and outputs. */
function roleTensors(lowered: LoweredCall, inputs: Inputs): AttentionTensors {
  const { roles, projection, outputs } = lowered
  const given = Object.entries(roles).map(([role, input]) => [role, inputs[input]])
  const written = outputs.flatMap((output) => {
    const tensor = emptyOf(output)
    return output.roles.map((role) => [role, tensor])
  })
  const tensors = {
    ...Object.fromEntries([...given, ...written]),
    ...deriveOnHost(lowered, inputs),
  }
  if (projection === undefined) return tensors
  const { tokens, width, dtype } = projection
  const product = emptyTensor([tokens, width], dtype)
  return { ...tensors, q: product, k: product, v: product }
}

/** Whether tensors of these shapes are small enough to be made. */
function isSmall(shapes: readonly (readonly number[])[]): boolean {
  return shapes.every((shape) => elementCount(shape) < 2000)
}

type Given = [name: string, spec: TensorSpec][]

/** The index tensors of a call, with values from -3 to 9. */
function randomIndices(given: Given, random: Random): Inputs {
  const tensors = given.flatMap(([name, spec]) => {
    if (!(INDEX_DTYPES as readonly string[]).includes(spec.dtype)) return []
    const made = emptyTensor(spec.shape, spec.dtype)
    const isWide = spec.dtype === 'int64'
    for (let i = 0; i < made.data.length; i++) {
      const value = random.integer(-3, 9)
      made.data[i] = (isWide ? BigInt(value) : value) as never
    }
    return [[name, made] as const]
  })
  return Object.fromEntries(tensors)
}

/** Every role of an accepted call is served by tensors of the shapes given. */
function checkAccepted(definition: OperatorDefinition, call: MalformedCall, random: Random): void {
  const specs = call.specs as Specs
  const lowered = definition.lower(
    specs,
    call.attributes as Attributes,
    call.scalars as Scalars,
    call.requested,
  )
  expect(problemFaults(lowered.problem)).toEqual([])
  const given = Object.entries(specs).filter(([, spec]) => spec !== undefined) as Given
  const product = lowered.projection ? [lowered.projection.tokens, lowered.projection.width] : []
  const shapes = [...given.map(([, { shape }]) => shape), product]
  if (!isSmall([...shapes, ...lowered.outputs.map(({ shape }) => shape)])) return
  const inputs = Object.fromEntries(given.map(([name, spec]) => [name, emptyOf(spec)]))
  expect(tensorFaults(lowered.problem, roleTensors(lowered, inputs))).toEqual([])
  for (const { rule } of definition.checkValues(randomIndices(given, random), lowered)) {
    expect(Object.keys(definition.rules)).toContain(rule)
  }
}

/** What a call ends in; anything but a typed error that says what is wrong is thrown on. */
function endOf(definition: OperatorDefinition, call: MalformedCall, random: Random): string {
  try {
    checkAccepted(definition, call, random)
    return 'accepted'
  } catch (error) {
    if (!isAttentionError(error)) throw error
    for (const { path, found, required, rule } of error.details.faults ?? []) {
      if (path === undefined || found === '' || required === '') throw error
      expect(Object.keys(definition.rules)).toContain(rule)
    }
    return error.code
  }
}

describe(`${CALLS} random malformed calls end in typed errors, or are right`, () => {
  it.each([...OPERATORS.values()].map((definition) => [definition.name, definition] as const))(
    '%s',
    (name, definition) => {
      const valid = VALID_CALLS[name]
      if (valid === undefined) throw new Error(`no valid call of ${name} is known`)
      const random = new Random(2)
      const codes: Record<string, number> = {}
      for (let number = 0; number < CALLS; number++) {
        const call = randomMalformedCall(random, definition, valid)
        const code = endOf(definition, call, random)
        codes[code] = (codes[code] ?? 0) + 1
      }
      const { accepted, ...errors } = codes
      expect(accepted).toBeGreaterThan(CALLS / 200)
      expect(['invalid-argument', 'no-backend-supports']).toEqual(
        expect.arrayContaining(Object.keys(errors)),
      )
    },
    120_000,
  )
})
