import { checkLengthValues, checkSharing } from './group-query-attention/check-values.js'
import { ATTRIBUTES, INPUTS, OUTPUTS } from './group-query-attention/declarations.js'
import { lowerGroupQueryAttention } from './group-query-attention/lower.js'
import {
  GROUP_QUERY_ATTENTION_LIFTED,
  GROUP_QUERY_ATTENTION_RULES,
} from './group-query-attention/rules.js'
import type { OperatorDefinition } from './operator.js'
import { readArguments } from './read-arguments.js'

/** ONNX Runtime's `com.microsoft.GroupQueryAttention`, version 1. */
export const groupQueryAttention: OperatorDefinition = {
  name: 'GroupQueryAttention',
  domain: 'com.microsoft',
  inputs: INPUTS,
  attributes: ATTRIBUTES,
  outputs: OUTPUTS,
  rules: GROUP_QUERY_ATTENTION_RULES,
  lifted: GROUP_QUERY_ATTENTION_LIFTED,
  lower(specs, attributes, scalars, requested) {
    return lowerGroupQueryAttention(
      readArguments(groupQueryAttention, specs, attributes, scalars, requested),
    )
  },
  checkValues: checkLengthValues,
  checkOutputs: checkSharing,
}
