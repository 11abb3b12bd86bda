import type { MaskKind } from '@attnkit/core'
import type { ProblemFlags } from '../problem-flags.js'
import { attentionBias, type CallForm, floats, indices, type StatedSizes } from './stated-call.js'

/** A mask of lengths is `nonpadKvSeqlen`; an attention bias is a mask of numbers. */
export const onnxAttentionForm: CallForm = {
  flags: ['seqlenK', 'kvHeads', 'headDimV', 'causal', 'window', 'softcap', 'attentionBias', 'past'],
  formats: ['Q,K,V'],
  layouts: ['bsnh', 'bnsh'],
  masks: ['none', 'lengths', '2d', '3d', '4d'],
  state(sizes, flags) {
    const { batch, queries, newKeys, heads, kvHeads, headDim, headDimV, past } = sizes
    const form = (tokens: number, count: number, size: number) =>
      sizes.headsFirst ? [batch, count, tokens, size] : [batch, tokens, count * size]
    const hasPast = past > 0
    const mask = indices('bool', maskShape(sizes)[flags.mask])
    return {
      specs: {
        q: floats(flags, form(queries, heads, headDim)),
        k: floats(flags, form(newKeys, kvHeads, headDim)),
        v: floats(flags, form(newKeys, kvHeads, headDimV)),
        attnMask: attentionBias(flags, sizes) ?? mask,
        pastKey: floats(flags, [batch, kvHeads, past, headDim], hasPast),
        pastValue: floats(flags, [batch, kvHeads, past, headDimV], hasPast),
        nonpadKvSeqlen: indices('int64', flags.mask === 'lengths' ? [batch] : undefined),
      },
      attributes: attributesOf(sizes, flags),
      outputs: hasPast ? { presentKey: true, presentValue: true } : {},
    }
  },
}

function attributesOf({ heads, kvHeads }: StatedSizes, flags: ProblemFlags) {
  const { window: [leftWindowSize, rightWindowSize] = [], causal, softcap, scale } = flags
  const counts = { qNumHeads: heads, kvNumHeads: kvHeads }
  return { ...counts, isCausal: causal, softcap, scale, leftWindowSize, rightWindowSize }
}

function maskShape(sizes: StatedSizes): Partial<Record<MaskKind, readonly number[]>> {
  const { batch, heads, queries, keys } = sizes
  return {
    '2d': [batch, 1, 1, keys],
    '3d': [batch, 1, queries, keys],
    '4d': [batch, heads, queries, keys],
  }
}
