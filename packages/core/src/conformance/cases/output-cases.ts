import { defineCase, setting, withIndices } from './define-case.js'

const SCORES = { seqlenK: 12, causal: true, softcap: 2, attentionBias: {} } as const

/** The outputs beside the result. */
export const OUTPUT_CASES = [
  defineCase(
    'qk-scaled',
    'The qk output `scaled` shows scores after the scale, also of keys that causal hides.',
    { ...SCORES, qkOutput: 'scaled' },
  ),
  defineCase('qk-softcapped', 'The qk output `softcapped` shows them after softcap too.', {
    ...SCORES,
    qkOutput: 'softcapped',
  }),
  defineCase(
    'qk-biased',
    'The qk output `biased`, that of MultiHeadAttention, shows what the softmax sees: the lowest finite number where causal or a window hides the key.',
    { ...SCORES, qkOutput: 'biased' },
  ),
  defineCase(
    'qk-biased-masked',
    'There the filter value is added to the scores of hidden keys, also when it excludes, and also in rows where the mask is ignored.',
    {
      seqlenK: 12,
      qkOutput: 'biased',
      mask: { kind: '3d', dtype: 'int32', filterValue: -10000 },
      emptyRows: 'ignore-mask',
    },
    setting('mask', [...new Array(12).fill(0), ...new Array(12).fill(1), ...[0, 1, 1, 0, 1, 0]]),
  ),
  defineCase(
    'qk-probabilities',
    'The qk output `probabilities` shows the weights: 0 for hidden keys and in rows that see none.',
    { ...SCORES, causalOffset: -2, qkOutput: 'probabilities' },
  ),
  defineCase(
    'qk-key-lengths',
    'Keys behind a key length are shown as those that causal hides.',
    { ...SCORES, causal: false, keyLengths: 'per-batch', qkOutput: 'biased' },
    setting('keyLengths', [5, 0]),
  ),
  withIndices(
    { pastSeqlens: [4, 9] },
    defineCase(
      'qk-past-per-batch',
      'So are, in the qk output of any stage, keys that a batch entry does not have.',
      {
        ...SCORES,
        seqlenQ: 3,
        past: { seqlen: 9, perBatch: true },
        causalOffset: 9,
        qkOutput: 'softcapped',
      },
    ),
  ),
  defineCase(
    'qk-hidden-minus-infinity',
    '`qkHidden` says what stands for keys that causal or a window hides: here -Infinity.',
    { ...SCORES, qkOutput: 'biased', qkHidden: '-inf' },
  ),
  defineCase('qk-hidden-zero', 'With `qkHidden` zero they are 0, in the qk output of any stage.', {
    ...SCORES,
    qkOutput: 'scaled',
    qkHidden: 'zero',
  }),
  defineCase(
    'softmax-lse',
    'The log-sum-exp is the natural logarithm of the sum of exponentials of the scores that the softmax sees, a sink included.',
    {
      softmaxLse: true,
      attentionBias: {},
      sink: 'zero',
      causal: true,
      causalOffset: 3,
      seqlenK: 12,
    },
  ),
]
