import type { MaskKind } from '@attnkit/core'
import { attentionBias, type CallForm, floats, indices, type StatedSizes } from './stated-call.js'

/** The input is as wide as Q. */
export const attentionForm: CallForm = {
  flags: ['headDimV', 'causal', 'attentionBias', 'past'],
  formats: [],
  layouts: [],
  masks: ['none', 'lengths', 'start-end', '2d', '3d', '4d'],
  state(sizes, flags) {
    const { batch, queries, heads, headDim, past } = sizes
    const { hidden, projected } = projectedWidth(sizes)
    const hasPast = past > 0
    return {
      specs: {
        input: floats(flags, [batch, queries, hidden]),
        weights: floats(flags, [hidden, projected]),
        bias: floats(flags, [projected]),
        maskIndex: indices('int32', maskShape(sizes)[flags.mask]),
        past: floats(flags, [2, batch, heads, past, headDim], hasPast),
        attentionBias: attentionBias(flags, sizes),
      },
      attributes: {
        numHeads: heads,
        qkvHiddenSizes: [hidden, hidden, projected - 2 * hidden],
        unidirectional: flags.causal,
        scale: flags.scale,
      },
      outputs: hasPast ? { present: true } : {},
    }
  },
}

/** Widths of Q, and of Q, K and V together. */
export function projectedWidth({ heads, headDim, headDimV }: StatedSizes) {
  const hidden = heads * headDim
  return { hidden, projected: 2 * hidden + heads * headDimV }
}

function maskShape(sizes: StatedSizes): Partial<Record<MaskKind, readonly number[]>> {
  const { batch, queries, keys } = sizes
  return {
    lengths: [batch],
    'start-end': [2 * batch],
    '2d': [batch, keys],
    '3d': [batch, queries, keys],
    '4d': [batch, 1, keys, keys],
  }
}
