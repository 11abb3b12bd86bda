import { checkNonpadValues } from './onnx-attention/check-values.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './onnx-attention/declarations.js'
import { lowerOnnxAttention } from './onnx-attention/lower.js'
import { ONNX_ATTENTION_LIFTED, ONNX_ATTENTION_RULES } from './onnx-attention/rules.js'
import type { OperatorDefinition } from './operator.js'
import { readArguments } from './read-arguments.js'

/** ONNX's `Attention`, operator sets 23 to 25. */
export const onnxAttention: OperatorDefinition = {
  name: 'ai.onnx::Attention',
  domain: 'ai.onnx',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: ONNX_ATTENTION_RULES,
  lifted: ONNX_ATTENTION_LIFTED,
  lower(specs, attributes, scalars, requested) {
    return lowerOnnxAttention(readArguments(onnxAttention, specs, attributes, scalars, requested))
  },
  checkValues: checkNonpadValues,
}
