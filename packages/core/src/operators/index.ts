import { attention } from './attention.js'
import { groupQueryAttention } from './group-query-attention.js'
import { multiHeadAttention } from './multi-head-attention.js'
import { onnxAttention } from './onnx-attention.js'
import type { OperatorDefinition } from './operator.js'
import { packedAttention } from './packed-attention.js'
import { packedMultiHeadAttention } from './packed-multi-head-attention.js'

/** Every operator by its name. */
export const OPERATORS: ReadonlyMap<string, OperatorDefinition> = new Map(
  [
    attention,
    groupQueryAttention,
    multiHeadAttention,
    onnxAttention,
    packedAttention,
    packedMultiHeadAttention,
  ].map((operator) => [operator.name, operator]),
)
