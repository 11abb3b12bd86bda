import type { Attention, HostTensor } from '@attnkit/core'
import { describeOnnxruntime } from './support/describe-onnxruntime.js'
import type { OnnxOutputs } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import {
  FORMS,
  type OnnxAttentionCall,
  randomOnnxAttention,
} from './support/random-onnx-attention.js'

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

describeOnnxruntime({
  operator: "ONNX's Attention",
  forms: FORMS,
  problemsPerForm: 120,
  draw: randomOnnxAttention,
  faultsOf,
})
