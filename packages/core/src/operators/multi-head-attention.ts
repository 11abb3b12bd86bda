import { maskValueFaults } from './mask-values.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './multi-head-attention/declarations.js'
import { lowerMultiHeadAttention } from './multi-head-attention/lower.js'
import {
  MULTI_HEAD_ATTENTION_LIFTED,
  MULTI_HEAD_ATTENTION_RULES,
} from './multi-head-attention/rules.js'
import type { OperatorDefinition } from './operator.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.MultiHeadAttention`, version 1. */
export const multiHeadAttention: OperatorDefinition = {
  name: 'MultiHeadAttention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: MULTI_HEAD_ATTENTION_RULES,
  lifted: MULTI_HEAD_ATTENTION_LIFTED,
  lower(specs, attributes, scalars, requested) {
    const args = readArguments(multiHeadAttention, specs, attributes, scalars, requested)
    return lowerMultiHeadAttention(args)
  },
  checkValues: (inputs, lowered) => maskValueFaults('keyPaddingMask', inputs, lowered),
}
