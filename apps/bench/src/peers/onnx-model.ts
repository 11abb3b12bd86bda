import { writeModel } from '@attnkit/onnx'

export interface ModelShape {
  readonly batch: number
  readonly seqlen: number
  readonly numHeads: number
  readonly headDim: number
  readonly causal: boolean
}

/** An ONNX model of one float32 MultiHeadAttention over inputs and output of shape (B, S, N·H). */
export function multiHeadAttentionModel({
  batch,
  seqlen,
  numHeads,
  headDim,
  causal,
}: ModelShape): Uint8Array {
  const spec = { dtype: 'float32', shape: [batch, seqlen, numHeads * headDim] } as const
  return writeModel({
    operator: 'MultiHeadAttention',
    inputs: { query: spec, key: spec, value: spec },
    attributes: { numHeads, unidirectional: causal },
    outputs: { output: spec },
  })
}
