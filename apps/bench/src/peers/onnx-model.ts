import { type HostTensor, tensor } from '@attnkit/core'
import { writeModel } from '@attnkit/onnx'
import type { CacheValues, RowValues } from '../subjects/row-values.js'
import {
  type BenchShape,
  inputSpecs,
  operatorAttributes,
  operatorOf,
  outputShape,
} from '../suites/bench-shape.js'

/** A model of one operator, and what is fed to it. */
export interface PeerCall {
  readonly model: Uint8Array
  readonly feeds: Readonly<Record<string, PeerFeed>>
}

export interface PeerFeed {
  readonly data: Float32Array | Int32Array
  readonly dims: readonly number[]
}

/**
 * A row as a call of ONNX Runtime, in float32: Q, K and V apart, as its CPU takes them; weights and bias
 * of a projection as constants, which it packs once.
 */
export function peerCall(shape: BenchShape, values: RowValues): PeerCall {
  const operator = operatorOf(shape)
  const { feeds, constants } = parts(shape, values)
  const inputs = Object.entries(feeds).map(([name, { data, dims }]) => [
    name,
    { dtype: data instanceof Int32Array ? ('int32' as const) : ('float32' as const), shape: dims },
  ])
  const model = writeModel({
    operator,
    inputs: Object.fromEntries(inputs),
    constants,
    attributes: operatorAttributes(shape),
    outputs: { output: { dtype: 'float32', shape: outputShape(shape) }, ...presentSpecs(shape) },
  })
  return { model, feeds }
}

/** GroupQueryAttention cannot do without its present; it is not handed out. */
function presentSpecs({ batch, headDim, cache }: BenchShape) {
  if (!cache) return {}
  const shape = [batch, cache.numHeadsKv, cache.seqlenK, headDim]
  const present = { dtype: 'float32', shape } as const
  return { presentKey: present, presentValue: present }
}

function parts(
  shape: BenchShape,
  values: RowValues,
): {
  readonly feeds: PeerCall['feeds']
  readonly constants: Readonly<Record<string, HostTensor>>
} {
  const { batch, seqlen } = shape
  if ('pastKey' in values) return { feeds: cacheFeeds(shape, values), constants: {} }
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

function cacheFeeds(shape: BenchShape, values: CacheValues): PeerCall['feeds'] {
  const { seqlensK, ...specs } = inputSpecs(shape)
  const floats = Object.entries(specs).map(([name, spec]) => {
    return [name, { data: values[name as keyof CacheValues], dims: spec.shape }]
  })
  const total = shape.cache?.seqlenK ?? 0
  return {
    ...Object.fromEntries(floats),
    seqlensK: { data: new Int32Array(shape.batch).fill(total - 1), dims: seqlensK?.shape ?? [] },
    totalSequenceLength: { data: Int32Array.of(total), dims: [1] },
  }
}
