import { beforeAll, describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { Attention, CallInputs } from '../src/attention-types.js'
import { backendBrand, type HostBackend } from '../src/backend/backend.js'
import { defineBackend } from '../src/backend/define-backend.js'
import { Random } from '../src/conformance/random.js'
import { isAttentionError } from '../src/errors/attention-error.js'
import { OPERATORS } from '../src/operators/index.js'
import type { Attributes } from '../src/operators/operator.js'
import { indexFaults } from '../src/problem/index-faults.js'
import { problemFaults } from '../src/problem/problem-faults.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { reference } from '../src/reference/reference.js'
import { INDEX_DTYPES, isDtype } from '../src/tensor/dtype.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
import { elementCount, isShape } from '../src/tensor/shape.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { type MalformedCall, randomMalformedCall } from './support/random-call.js'
import { VALID_CALLS } from './support/valid-calls.js'

const CALLS = 5000
const TYPED = new Set(['invalid-argument', 'buffer-not-stable', 'no-backend-supports'])

/** The reference, which holds what reaches it to what a backend may rely on. */
function strictReference(): HostBackend {
  const { [backendBrand]: _brand, contract: _contract, ...definition } = reference()
  return defineBackend({
    ...definition,
    plan: (problem, device) => ({
      ...definition.plan(problem, device),
      async execute({ problem: planned, ...tensors }, threads) {
        const faults = [
          ...problemFaults(planned),
          ...tensorFaults(planned, tensors),
          ...indexFaults(planned, tensors),
        ]
        if (faults.length > 0) throw new Error(`a backend was given ${JSON.stringify(faults)}`)
        await definition.plan(problem, device).execute({ ...tensors, problem: planned }, threads)
      },
    }),
  })
}

/**
 * A tensor for a spec that one can be made for, of small numbers or those that are right; else
 * whatever it is.
 */
function tensorOf(spec: unknown, random: Random, right: readonly number[] = []): unknown {
  const { dtype, shape } = (spec ?? {}) as Partial<HostTensor>
  if (!isDtype(dtype) || !isShape(shape) || elementCount(shape) > 2000) return spec
  const made = emptyTensor(shape, dtype)
  const isIndex = (INDEX_DTYPES as readonly string[]).includes(dtype)
  const isValid = random.chance(0.8)
  const isRight = right.length === made.data.length && random.chance(0.9)
  for (let i = 0; i < made.data.length; i++) {
    const drawn = isIndex ? random.integer(isValid ? 0 : -3, 3) : random.integer(0, 9)
    const value = isRight ? right[i]! : drawn
    made.data[i] = (dtype === 'int64' ? BigInt(value) : value) as never
  }
  return made
}

function inputsOf(operator: string, call: MalformedCall, random: Random): CallInputs {
  const { specs, scalars } = call
  const right = VALID_CALLS[operator]?.values
  const tensors = Object.entries(specs).map(([name, spec]) => [
    name,
    tensorOf(spec, random, right?.[name]),
  ])
  return { ...Object.fromEntries(tensors), ...scalars } as CallInputs
}

/** How a call ends; anything but a result or a typed error is thrown on. */
async function endOf(attention: Attention, name: string, call: MalformedCall, random: Random) {
  const outputs = Object.fromEntries([...call.requested].map((output) => [output, true]))
  const inputs = inputsOf(name, call, random)
  try {
    const result = await attention.call(name, inputs, call.attributes as Attributes, { outputs })
    for (const output of call.requested) expect(result[output]).toBeDefined()
    return 'computed'
  } catch (error) {
    if (!isAttentionError(error) || !TYPED.has(error.code)) throw error
    return 'refused'
  }
}

describe(`${CALLS} random malformed calls compute or end in typed errors`, () => {
  let attention: Attention
  beforeAll(async () => {
    attention = await createAttention({ backends: [strictReference()], environment: {} })
  })

  it.each([...OPERATORS.values()].map((definition) => [definition.name, definition] as const))(
    '%s',
    async (name, definition) => {
      const random = new Random(5)
      const ends = { computed: 0, refused: 0 }
      for (let number = 0; number < CALLS; number++) {
        const call = randomMalformedCall(random, definition, VALID_CALLS[name]!)
        ends[await endOf(attention, name, call, random)]++
      }
      expect(ends.computed).toBeGreaterThan(10)
      expect(ends.refused).toBeGreaterThan(1000)
    },
    120_000,
  )
})
