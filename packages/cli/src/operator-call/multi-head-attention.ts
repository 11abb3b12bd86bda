import type { MaskKind } from '@attnkit/core'
import {
  ANY_FORMAT,
  attentionBias,
  type CallForm,
  floats,
  indices,
  type StatedSizes,
} from './stated-call.js'

export const multiHeadAttentionForm: CallForm = {
  flags: ['seqlenK', 'headDimV', 'causal', 'attentionBias', 'past'],
  formats: ANY_FORMAT,
  layouts: ['bsnh', 'bnsh', 'bsn2h', 'bsn3h'],
  masks: ['none', 'lengths', '2d', '3d'],
  state(sizes, flags) {
    const { batch, heads, headDim, past } = sizes
    const hasPast = past > 0
    const cache = floats(flags, [batch, heads, past, headDim], hasPast)
    const { query, key, value } = shapesOf(sizes)
    return {
      specs: {
        query: floats(flags, query),
        key: key && floats(flags, key),
        value: value && floats(flags, value),
        keyPaddingMask: indices('int32', maskShape(sizes)[flags.mask]),
        attentionBias: attentionBias(flags, sizes),
        pastKey: cache,
        pastValue: cache,
      },
      attributes: { numHeads: heads, unidirectional: flags.causal, scale: flags.scale },
      outputs: hasPast ? { presentKey: true, presentValue: true } : {},
    }
  },
}

interface InputShapes {
  readonly query: readonly number[]
  readonly key?: readonly number[]
  readonly value?: readonly number[]
}

function shapesOf(sizes: StatedSizes): InputShapes {
  const { batch, queries, newKeys, heads, headDim, headDimV, format, headsFirst } = sizes
  if (format === 'QKV') return { query: [batch, queries, heads, 3, headDim] }
  const query = [batch, queries, heads * headDim]
  if (format === 'Q,KV') return { query, key: [batch, newKeys, heads, 2, headDim] }
  if (headsFirst) {
    const key = [batch, heads, newKeys, headDim]
    return { query, key, value: [batch, heads, newKeys, headDimV] }
  }
  const value = [batch, newKeys, heads * headDimV]
  return { query, key: [batch, newKeys, heads * headDim], value }
}

function maskShape(sizes: StatedSizes): Partial<Record<MaskKind, readonly number[]>> {
  const { batch, queries, keys } = sizes
  return { lengths: [batch], '2d': [batch, keys], '3d': [batch, queries, keys] }
}
