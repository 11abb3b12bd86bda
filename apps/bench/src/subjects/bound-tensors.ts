import type { AttentionTensors, Tensor } from '@attnkit/core'

/** Inputs of MultiHeadAttention; packed ones stand for those that are missing. */
export type InputTensors<T extends Tensor> = {
  readonly query: T
  readonly key?: T
  readonly value?: T
}

/** Inputs of ONNX's Attention. */
export type OnnxTensors<T extends Tensor> = { readonly q: T; readonly k: T; readonly v: T }

/** The inputs by their roles in the problem: a packed tensor has several. */
export function boundTensors<T extends Tensor>(
  inputs: InputTensors<T> | OnnxTensors<T>,
  output: T,
): AttentionTensors<T> {
  if ('q' in inputs) return { ...inputs, output }
  const { query, key, value } = inputs
  const k = key ?? query
  return { q: query, k, v: value ?? k, output }
}
