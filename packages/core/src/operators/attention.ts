import { ATTRIBUTES, INPUTS, OUTPUTS } from './attention/declarations.js'
import { lowerAttention } from './attention/lower.js'
import { ATTENTION_LIFTED, ATTENTION_RULES } from './attention/rules.js'
import { maskValueFaults } from './mask-values.js'
import type { OperatorDefinition } from './operator.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.Attention`, version 1. */
export const attention: OperatorDefinition = {
  name: 'Attention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: ATTENTION_RULES,
  lifted: ATTENTION_LIFTED,
  lower(specs, attributes, scalars, requested) {
    return lowerAttention(readArguments(attention, specs, attributes, scalars, requested))
  },
  checkValues: (inputs, lowered) => maskValueFaults('maskIndex', inputs, lowered),
}
