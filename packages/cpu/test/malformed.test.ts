import { type BoundProblem, type HostTensor, isAttentionError } from '@attnkit/core'
import { generateProblem, Random, randomTensors } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { capabilities } from '../src/capabilities.js'
import type { CpuAddon } from '../src/cpu-addon.js'
import { loadCpuAddon } from '../src/load-cpu-addon.js'
import { callNative } from '../src/native-error.js'
import { packProblem } from '../src/pack-problem.js'
import { tensorArrays } from '../src/tensor-arrays.js'
import { describeNative } from './support/describe-native.js'

const CALLS = 20_000
const WRONG = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 2 ** 62, -(2 ** 40)]

type Arrays = ReturnType<typeof tensorArrays>

/** A number that is out of range, or in range and another than it was. */
function otherNumber(random: Random, value: number): number {
  return random.chance(0.4) ? random.pick(WRONG) : Math.min(value, 40) + random.integer(-3, 24)
}

function otherArray(random: Random, array: Arrays[number]): Arrays[number] {
  if (array === undefined || random.chance(0.3)) return undefined
  if (random.chance(0.2)) return new Float64Array(array.length)
  return array.slice(0, random.integer(0, array.length))
}

/** What came of a call with one or two things changed in its numbers or its tensors. */
async function callMutated(addon: CpuAddon, random: Random, bound: BoundProblem<HostTensor>) {
  const values = packProblem(bound.problem)
  const arrays = tensorArrays(bound)
  for (let i = random.integer(1, 2); i > 0; i--) {
    if (random.chance(0.7)) {
      const at = random.integer(0, values.length - 1)
      values[at] = otherNumber(random, values[at]!)
    } else {
      const at = random.integer(0, arrays.length - 1)
      arrays[at] = otherArray(random, arrays[at])
    }
  }
  const numbers = random.chance(0.05) ? values.slice(0, random.integer(0, values.length)) : values
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (code?: string) => (code === undefined ? resolve() : reject(new Error(code)))
      if (callNative('fuzz', () => addon.attend(numbers, arrays, 2, done))) resolve()
    })
    return 'ran'
  } catch (error) {
    if (!isAttentionError(error)) throw error
    return error.code
  }
}

describeNative('malformed calls of the native part', () => {
  it(`ends each of ${CALLS} in a result or a typed error`, async () => {
    const cpu = loadCpuAddon()
    if (cpu.status === 'unavailable') throw new Error('the native part is gone')
    const random = new Random(99)
    const seen = new Map<string, number>()
    let bound: BoundProblem<HostTensor> | undefined
    for (let i = 0; i < CALLS; i++) {
      if (i % 20 === 0) {
        bound = randomTensors(generateProblem(random, { capabilities, maxFlops: 2e4 }), random)
      }
      const outcome = await callMutated(cpu.addon, random, bound!)
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
    expect([...seen.keys()].sort()).toEqual(['invalid-argument', 'ran'])
    for (const count of seen.values()) expect(count).toBeGreaterThan(CALLS / 20)
  })
})
