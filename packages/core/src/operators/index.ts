import { multiHeadAttention } from './multi-head-attention.js'
import { onnxAttention } from './onnx-attention.js'
import type { OperatorDefinition } from './operator.js'

/** Every operator by its name. */
export const OPERATORS: ReadonlyMap<string, OperatorDefinition> = new Map(
  [multiHeadAttention, onnxAttention].map((operator) => [operator.name, operator]),
)
