import type { AttentionTensors, Tensor } from '@attnkit/core'

/** Inputs of MultiHeadAttention; packed ones stand for those that are missing. */
export type InputTensors<T extends Tensor> = {
  readonly query: T
  readonly key?: T
  readonly value?: T
}

/** The inputs by their roles in the problem: a packed tensor has several. */
export function boundTensors<T extends Tensor>(
  { query, key, value }: InputTensors<T>,
  output: T,
): AttentionTensors<T> {
  const k = key ?? query
  return { q: query, k, v: value ?? k, output }
}
