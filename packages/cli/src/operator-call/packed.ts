import type { TensorSpec } from '@attnkit/core'
import type { ProblemFlags } from '../problem-flags.js'
import { projectedWidth } from './attention.js'
import { attentionBias, type CallForm, floats, type StatedSizes } from './stated-call.js'

/** Sequences of which none has padding. */
export const packedMultiHeadAttentionForm: CallForm = {
  flags: ['headDimV', 'attentionBias'],
  formats: ['Q,K,V', 'QKV'],
  layouts: ['tnh', 'tn3h'],
  masks: ['none'],
  state(sizes, flags) {
    const { heads, headDim, headDimV, format } = sizes
    const tokens = sizes.batch * sizes.queries
    const isPacked = format === 'QKV'
    const key = floats(flags, [tokens, heads * headDim], !isPacked)
    return {
      specs: {
        query: isPacked ? floats(flags, [tokens, heads, 3, headDim]) : key,
        key,
        value: floats(flags, [tokens, heads * headDimV], !isPacked),
        ...sequences(sizes),
        attentionBias: attentionBias(flags, sizes),
      },
      attributes: { numHeads: heads, scale: flags.scale },
    }
  },
}

/** The input is as wide as Q. */
export const packedAttentionForm: CallForm = {
  flags: ['headDimV', 'attentionBias'],
  formats: [],
  layouts: [],
  masks: ['none'],
  state(sizes, flags: ProblemFlags) {
    const { hidden, projected } = projectedWidth(sizes)
    return {
      specs: {
        input: floats(flags, [sizes.batch * sizes.queries, hidden]),
        weights: floats(flags, [hidden, projected]),
        bias: floats(flags, [projected]),
        ...sequences(sizes),
        attentionBias: attentionBias(flags, sizes),
      },
      attributes: {
        numHeads: sizes.heads,
        qkvHiddenSizes: [hidden, hidden, projected - 2 * hidden],
        scale: flags.scale,
      },
    }
  },
}

function sequences({ batch, queries }: StatedSizes): Record<string, TensorSpec> {
  return {
    tokenOffset: { dtype: 'int32', shape: [batch, queries] },
    cumulativeSequenceLength: { dtype: 'int32', shape: [batch + 1] },
  }
}
