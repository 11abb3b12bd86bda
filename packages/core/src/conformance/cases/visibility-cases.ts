import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import { defineCase, setting, withIndices } from './define-case.js'
import { hideWithNaN } from './hide-with-nan.js'
import { keeping } from './keeping.js'
import { operatorCase } from './operator-case.js'

const QUERY = [2, 5, 128]
const KEY = [2, 9, 128]
const PAST = { pastKey: [2, 2, 7, 64], pastValue: [2, 2, 7, 64] }
const CAUSAL = { numHeads: 2, unidirectional: true }

/** Which keys causal, windows and sequences leave visible. */
export const VISIBILITY_CASES = [
  operatorCase(
    'causal-without-past',
    'MultiHeadAttention, causal, without a past: key j is visible to query i iff j ≤ i, also when there are more keys than queries.',
    multiHeadAttention,
    { inputs: { query: QUERY, key: KEY, value: KEY }, attributes: CAUSAL },
    keeping((_, query, key) => key <= query),
  ),
  operatorCase(
    'causal-with-past',
    'MultiHeadAttention, causal, with a past of P keys: key j is visible to query i iff j ≤ P + i.',
    multiHeadAttention,
    { inputs: { query: QUERY, key: QUERY, value: QUERY, ...PAST }, attributes: CAUSAL },
    keeping((_, query, key) => key <= 7 + query),
  ),
  defineCase(
    'causal-offset',
    'Causal is an offset: key j is visible to query i iff j ≤ i + causalOffset.',
    { causal: true, causalOffset: 4, seqlenK: 20 },
  ),
  defineCase(
    'causal-offset-per-batch',
    'The causal offset may be another one for each batch entry.',
    { causal: true, causalOffset: 'per-batch', seqlenK: 20 },
    setting('causalOffset', [11, 3]),
  ),
  defineCase(
    'causal-before-first-key',
    'A query whose diagonal lies before the first key sees none: its row is 0 and its log-sum-exp -Infinity.',
    { causal: true, causalOffset: -4, softmaxLse: true },
  ),
  defineCase(
    'window-left',
    'A left window of w keeps keys from i + causalOffset - w on, so w + 1 keys up to the diagonal.',
    { causal: true, windowLeft: 3, seqlenK: 30, seqlenQ: 30 },
  ),
  defineCase(
    'window-both',
    'Without causal, a right window of w keeps keys up to i + causalOffset + w; either side may be off.',
    { windowLeft: 2, windowRight: 4, seqlenQ: 30, seqlenK: 30 },
  ),
  defineCase('window-zero', 'A window of 0 keeps the key on the diagonal alone.', {
    windowLeft: 0,
    windowRight: 0,
    causalOffset: 2,
    seqlenK: 11,
  }),
  defineCase(
    'window-past-the-keys',
    'A query whose window lies behind the last key sees none, and its row is 0.',
    { windowLeft: 1, seqlenQ: 20, seqlenK: 10, softmaxLse: true },
  ),
  defineCase(
    'key-lengths',
    'A number of keys for the whole batch hides those behind it as causal does; it comes before any mask.',
    { keyLengths: 5, seqlenK: 12, mask: { kind: '2d' }, emptyRows: 'ignore-mask' },
    setting('mask', [...new Array(6).fill(0), ...new Array(6).fill(1)]),
  ),
  defineCase(
    'key-lengths-per-batch',
    'It may be another one for each batch entry; more than there are is all.',
    { keyLengths: 'per-batch', seqlenK: 12, softmaxLse: true },
    setting('keyLengths', [7, 99]),
  ),
  defineCase(
    'key-lengths-0',
    'With 0 keys the rows are 0 and their log-sum-exp -Infinity, also where a mask would be ignored.',
    {
      keyLengths: 'per-batch',
      mask: { kind: '2d' },
      emptyRows: 'ignore-mask',
      softmaxLse: true,
    },
    setting('keyLengths', [0, 3]),
  ),
  defineCase(
    'key-lengths-causal',
    'Causal and windows hide further keys; their diagonal does not move.',
    { keyLengths: 'per-batch', seqlenK: 12, causal: true, causalOffset: 3, windowLeft: 4 },
    setting('keyLengths', [6, 2]),
  ),
  defineCase(
    'key-lengths-hide-nan',
    'Nothing of the keys behind reaches the result, also when they and their values are NaN.',
    { keyLengths: 'per-batch', seqlenK: 70 },
    (bound) => hideWithNaN('keyLengths', setting('keyLengths', [5, 66])(bound)),
  ),
  defineCase('no-keys', 'Without any keys the result is 0.', { seqlenK: 0 }),
  defineCase(
    'varlen',
    'Sequences without padding see their own keys only; causal and windows count from their own first key.',
    { layout: 'tnh', batch: 3, seqlenQ: 12, seqlenK: 12, causal: true },
  ),
  defineCase(
    'varlen-packed',
    'Packed Q, K and V without padding are (tokens, heads, 3, head dim).',
    { layout: 'tn3h', batch: 3, seqlenQ: 12 },
  ),
  withIndices(
    { cuSeqlensQ: [0, 0, 2, 8, 8], cuSeqlensK: [0, 5, 5, 6, 6] },
    defineCase(
      'varlen-empty-sequences',
      'A sequence may have no queries or no keys; queries without keys give 0.',
      { layout: 'tnh', batch: 4, seqlenQ: 6, seqlenK: 5, softmaxLse: true },
    ),
  ),
]
