import { bytesField, integerField } from './protobuf.js'

/** Numbers of onnx.proto. */
const IR_VERSION = 8
const OPSET = 17
const FLOAT = 1
const ATTRIBUTE_INT = 2
const DOMAIN = 'com.microsoft'

export interface ModelShape {
  readonly batch: number
  readonly seqlen: number
  readonly numHeads: number
  readonly headDim: number
  readonly causal: boolean
}

function valueInfo(name: string, dims: readonly number[]): number[] {
  const shape = dims.flatMap((dim) => bytesField(1, integerField(1, dim)))
  const tensorType = [...integerField(1, FLOAT), ...bytesField(2, shape)]
  return [...bytesField(1, name), ...bytesField(2, bytesField(1, tensorType))]
}

function integerAttribute(name: string, value: number): number[] {
  return [...bytesField(1, name), ...integerField(3, value), ...integerField(20, ATTRIBUTE_INT)]
}

function opset(domain: string, version: number): number[] {
  return [...bytesField(1, domain), ...integerField(2, version)]
}

const INPUTS = ['query', 'key', 'value'] as const

/** An ONNX model of one float32 MultiHeadAttention over inputs and output of shape (B, S, N·H). */
export function multiHeadAttentionModel(shape: ModelShape): Uint8Array {
  const dims = [shape.batch, shape.seqlen, shape.numHeads * shape.headDim]
  const node = [
    ...INPUTS.flatMap((name) => bytesField(1, name)),
    ...bytesField(2, 'output'),
    ...bytesField(4, 'MultiHeadAttention'),
    ...bytesField(5, integerAttribute('num_heads', shape.numHeads)),
    ...bytesField(5, integerAttribute('unidirectional', Number(shape.causal))),
    ...bytesField(7, DOMAIN),
  ]
  const graph = [
    ...bytesField(1, node),
    ...bytesField(2, 'attention'),
    ...INPUTS.flatMap((name) => bytesField(11, valueInfo(name, dims))),
    ...bytesField(12, valueInfo('output', dims)),
  ]
  return Uint8Array.from([
    ...integerField(1, IR_VERSION),
    ...bytesField(7, graph),
    ...bytesField(8, opset('', OPSET)),
    ...bytesField(8, opset(DOMAIN, 1)),
  ])
}
