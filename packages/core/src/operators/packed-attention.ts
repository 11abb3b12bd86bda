import type { OperatorDefinition } from './operator.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './packed-attention/declarations.js'
import { lowerPackedAttention } from './packed-attention/lower.js'
import { PACKED_ATTENTION_RULES } from './packed-attention/rules.js'
import { packedValueFaults } from './packed-sequences.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.PackedAttention`, version 1. */
export const packedAttention: OperatorDefinition = {
  name: 'PackedAttention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: PACKED_ATTENTION_RULES,
  lifted: {},
  lower(specs, attributes, scalars, requested) {
    return lowerPackedAttention(
      readArguments(packedAttention, specs, attributes, scalars, requested),
    )
  },
  checkValues: packedValueFaults,
}
