import { type HostTensor, tensor } from '@attnkit/core'
import { writeModel } from '@attnkit/onnx'
import type { RowValues } from '../subjects/row-values.js'
import { type BenchShape, operatorOf, outputShape } from '../suites/bench-shape.js'

/** A model of one operator, and what is fed to it. */
export interface PeerCall {
  readonly model: Uint8Array
  readonly feeds: Readonly<Record<string, PeerFeed>>
}

export interface PeerFeed {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

/**
 * A row as a call of ONNX Runtime, in float32: Q, K and V apart, as its CPU takes them; weights and bias
 * of a projection as constants, which it packs once.
 */
export function peerCall(shape: BenchShape, values: RowValues): PeerCall {
  const { numHeads, causal } = shape
  const operator = operatorOf(shape)
  const { feeds, constants } = parts(shape, values)
  const inputs = Object.entries(feeds).map(([name, { dims }]) => [
    name,
    { dtype: 'float32' as const, shape: dims },
  ])
  const model = writeModel({
    operator,
    inputs: Object.fromEntries(inputs),
    constants,
    attributes: { numHeads, unidirectional: causal },
    outputs: { output: { dtype: 'float32', shape: outputShape(shape) } },
  })
  return { model, feeds }
}

function parts(
  shape: BenchShape,
  values: RowValues,
): {
  readonly feeds: PeerCall['feeds']
  readonly constants: Readonly<Record<string, HostTensor>>
} {
  const { batch, seqlen } = shape
  if (!('input' in values)) {
    const feed = (data: Float32Array): PeerFeed => ({ data, dims: outputShape(shape) })
    const { query, key, value } = values
    return { feeds: { query: feed(query), key: feed(key), value: feed(value) }, constants: {} }
  }
  const { input, weights, bias } = values
  const width = bias.length
  return {
    feeds: { input: { data: input, dims: [batch, seqlen, input.length / (batch * seqlen)] } },
    constants: {
      weights: tensor(weights, [weights.length / width, width]),
      bias: tensor(bias, [width]),
    },
  }
}
