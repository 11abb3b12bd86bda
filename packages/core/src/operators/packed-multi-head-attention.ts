import type { OperatorDefinition } from './operator.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './packed-multi-head-attention/declarations.js'
import { lowerPackedMultiHeadAttention } from './packed-multi-head-attention/lower.js'
import { PACKED_MULTI_HEAD_ATTENTION_RULES } from './packed-multi-head-attention/rules.js'
import { packedValueFaults } from './packed-sequences.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.PackedMultiHeadAttention`, version 1. */
export const packedMultiHeadAttention: OperatorDefinition = {
  name: 'PackedMultiHeadAttention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: PACKED_MULTI_HEAD_ATTENTION_RULES,
  lifted: {},
  lower(specs, attributes, scalars, requested) {
    return lowerPackedMultiHeadAttention(
      readArguments(packedMultiHeadAttention, specs, attributes, scalars, requested),
    )
  },
  checkValues: packedValueFaults,
}
