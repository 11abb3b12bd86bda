import type { Attributes, HostTensor } from '@attnkit/core'
import { writeModel } from '@attnkit/onnx'
import type { OnnxArray, OnnxOutputs, Onnxruntime } from './onnxruntime.js'

/** A call of one operator, for attnkit and for ONNX Runtime: the same tensors, of float32 where they are floats. */
export interface OnnxCall {
  /** As core names it. */
  readonly operator: string
  readonly opset?: number
  readonly inputs: Readonly<Record<string, HostTensor>>
  readonly attributes: Attributes
  /** The outputs wanted. */
  readonly outputs: readonly string[]
}

/** What ONNX Runtime's CPU makes of a call, by core's names of the outputs. */
export function runOnnx(onnxruntime: Onnxruntime, call: OnnxCall): Promise<OnnxOutputs> {
  const { operator, opset, inputs, attributes, outputs } = call
  const model = writeModel({
    operator,
    ...(opset !== undefined && { opset }),
    inputs,
    attributes,
    outputs: Object.fromEntries(outputs.map((name) => [name, { dtype: 'float32' }])),
  })
  const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
    name,
    { data, dims: shape } as OnnxArray,
  ])
  return onnxruntime.run(model, Object.fromEntries(feeds))
}
