import { type Attention, createAttention, type HostTensor, only } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { maskedRowFaults } from './support/masked-row-faults.js'
import { runOnnx } from './support/onnx-call.js'
import { type OnnxOutputs, Onnxruntime } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import { FORMS, type RandomAttention, randomAttention } from './support/random-attention.js'
import { validRows } from './support/valid-rows.js'

const PROBLEMS_PER_FORM = 60

async function faultsOf(attention: Attention, call: RandomAttention, expected: OnnxOutputs) {
  const { own, sizes, outputs } = call
  const inputs = { ...call.inputs, ...own.inputs }
  const attributes = { ...call.attributes, ...own.attributes }
  const isShared = own.attributes.pastPresentShareBuffer !== undefined
  const present = outputs.includes('present') && (isShared ? inputs.past! : true)
  const result = await attention.call(call.operator, inputs, attributes, { outputs: { present } })
  const rows = { width: sizes.numHeads * sizes.headDimV, masked: call.maskedRows }
  const faults = [...maskedRowFaults(result.output as HostTensor, expected.output!, rows)]
  if (expected.present) {
    const valid = validRows(result.present as HostTensor, sizes.total)
    faults.push(...outputFaults('present', valid, expected.present))
  }
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeNative('Attention against ONNX Runtime', () => {
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
        const call = randomAttention(random, form)
        const expected = await runOnnx(onnxruntime, call)
        const faults = await faultsOf(attention, call, expected)
        const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
        failed.push(...faults.map((fault) => `${name}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  }
})
