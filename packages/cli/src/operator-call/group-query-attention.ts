import { attentionBias, type CallForm, floats, indices } from './stated-call.js'

/** A past is a buffer with rows for the new keys too. */
export const groupQueryAttentionForm: CallForm = {
  flags: ['kvHeads', 'causal', 'window', 'softcap', 'attentionBias', 'past'],
  formats: ['Q,K,V', 'QKV'],
  layouts: ['bsnh'],
  masks: ['none'],
  state(sizes, flags) {
    const { batch, queries, keys, newKeys, heads, kvHeads, headDim, past } = sizes
    const isPacked = sizes.format === 'QKV'
    const width = (isPacked ? heads + 2 * kvHeads : heads) * headDim
    const key = floats(flags, [batch, newKeys, kvHeads * headDim], !isPacked)
    const cache = floats(flags, [batch, kvHeads, keys, headDim], past > 0)
    return {
      specs: {
        query: floats(flags, [batch, queries, width]),
        key,
        value: key,
        pastKey: cache,
        pastValue: cache,
        seqlensK: indices('int32', [batch]),
        attentionBias: attentionBias(flags, sizes),
      },
      attributes: {
        numHeads: heads,
        kvNumHeads: kvHeads,
        scale: flags.scale,
        softcap: flags.softcap,
        // Its window counts the query's own key.
        localWindowSize: flags.window && flags.window[0] + 1,
      },
      scalars: { totalSequenceLength: keys },
      outputs: { presentKey: true, presentValue: true },
    }
  },
}
