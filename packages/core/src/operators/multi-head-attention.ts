import { checkMaskValues } from './multi-head-attention/check-values.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './multi-head-attention/declarations.js'
import { lowerMultiHeadAttention } from './multi-head-attention/lower.js'
import type { OperatorDefinition } from './operator.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.MultiHeadAttention`, version 1. */
export const multiHeadAttention: OperatorDefinition = {
  name: 'MultiHeadAttention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  lower(specs, attributes, scalars, requested) {
    const args = readArguments(multiHeadAttention, specs, attributes, scalars, requested)
    return lowerMultiHeadAttention(args)
  },
  checkValues: checkMaskValues,
}
