import {
  type Attention,
  compareTensors,
  createAttention,
  type HostTensor,
  only,
  reference,
  TOLERANCES,
} from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { beforeAll, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import type { OnnxCall } from './support/onnx-call.js'
import { REFUSED_FORMS, randomAttention } from './support/random-attention.js'
import { randomFloats } from './support/random-floats.js'

const PROBLEMS_PER_FORM = 60
// The CPU's projection has the error of a float32 product, and attention adds its own.
const TOLERANCE = { norm: 2 * TOLERANCES.float32.norm, max: 2 * TOLERANCES.float32.max }

describeNative('Attention as ONNX Runtime on the CPU has it not', () => {
  let onCpu: Attention
  let onReference: Attention
  beforeAll(async () => {
    onCpu = await createAttention({ backends: [cpu()], policy: only('cpu') })
    onReference = await createAttention({ backends: [reference()], policy: only('reference') })
  })

  async function faultsOf({ operator, inputs, attributes, outputs }: OnnxCall) {
    const options = { outputs: Object.fromEntries(outputs.map((name) => [name, true])) }
    const actual = await onCpu.call(operator, inputs, attributes, options)
    const expected = await onReference.call(operator, inputs, attributes, options)
    return outputs.flatMap((name) => {
      const [got, wanted] = [actual[name] as HostTensor, expected[name] as HostTensor]
      const values = [got.data as Float32Array, wanted.data as Float32Array] as const
      const { ok, relError, maxError } = compareTensors(...values, TOLERANCE)
      return ok ? [] : [`${name}: relative norm ${relError}, largest error ${maxError}`]
    })
  }

  it('takes more than 1024 heads', async () => {
    const [heads, seqlen] = [1100, 3]
    const random = new Random(1)
    const inputs = {
      input: randomFloats(random, 1, seqlen, 4),
      weights: randomFloats(random, 4, 3 * heads),
      bias: randomFloats(random, 3 * heads),
    }
    const call = { operator: 'Attention', inputs, outputs: ['output', 'present'] } as const
    expect(await faultsOf({ ...call, attributes: { numHeads: heads } })).toEqual([])
  })

  for (const form of REFUSED_FORMS) {
    it(`agrees with the reference on ${PROBLEMS_PER_FORM} problems of form ${form}`, async () => {
      const failed: string[] = []
      for (let number = 0; number < PROBLEMS_PER_FORM; number++) {
        const call = randomAttention(new Random(number), form)
        const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
        failed.push(...(await faultsOf(call)).map((fault) => `${name}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  }
})
