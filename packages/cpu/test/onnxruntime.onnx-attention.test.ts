import { type Attention, createAttention, type HostTensor, only } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { runOnnx } from './support/onnx-call.js'
import { type OnnxOutputs, Onnxruntime } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import {
  FORMS,
  type OnnxAttentionCall,
  randomOnnxAttention,
} from './support/random-onnx-attention.js'

const PROBLEMS_PER_FORM = 120

async function faultsOf(attention: Attention, call: OnnxAttentionCall, expected: OnnxOutputs) {
  const { operator, inputs, attributes } = call
  const outputs = Object.fromEntries(call.outputs.slice(1).map((name) => [name, true]))
  const result = await attention.call(operator, inputs, attributes, { outputs })
  const faults = call.outputs.flatMap((name) =>
    outputFaults(name, result[name] as HostTensor, expected[name]!),
  )
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeNative("ONNX's Attention against ONNX Runtime", () => {
  let attention: Attention
  let onnxruntime: Onnxruntime
  beforeAll(async () => {
    attention = await createAttention({ backends: [cpu()], policy: only('cpu') })
    onnxruntime = await Onnxruntime.start()
  })
  afterAll(() => onnxruntime?.stop())

  for (const form of FORMS) {
    it(`agrees on ${PROBLEMS_PER_FORM} random problems of form ${form}`, async () => {
      const failed: string[] = []
      for (let number = 0; number < PROBLEMS_PER_FORM; number++) {
        const random = new Random(1000 * (FORMS.indexOf(form) + 1) + number)
        const call = randomOnnxAttention(random, form)
        const expected = await runOnnx(onnxruntime, call)
        const faults = await faultsOf(attention, call, expected)
        const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
        failed.push(...faults.map((fault) => `${name}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  }
})
