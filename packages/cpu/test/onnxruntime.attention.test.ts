import type { Attention, HostTensor } from '@attnkit/core'
import { describeOnnxruntime } from './support/describe-onnxruntime.js'
import { maskedRowFaults } from './support/masked-row-faults.js'
import type { OnnxOutputs } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import { FORMS, type RandomAttention, randomAttention } from './support/random-attention.js'
import { validRows } from './support/valid-rows.js'

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

describeOnnxruntime({
  operator: 'Attention',
  forms: FORMS,
  problemsPerForm: 60,
  draw: randomAttention,
  faultsOf,
})
