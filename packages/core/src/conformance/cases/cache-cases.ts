import { shareBuffer } from '../share-buffer.js'
import { defineCase, setting, withIndices } from './define-case.js'

const PAST = { seqlenQ: 3, seqlenK: 10 }
const BUFFER = { ...PAST, past: { seqlen: 7, bufferLength: 16 }, present: true }
const RAGGED = { ...PAST, past: { seqlen: 7, perBatch: true }, present: true }
const RAGGED_BUFFER = { ...RAGGED, past: { ...RAGGED.past, bufferLength: 16 } }

const LENGTHS = { pastSeqlens: [2, 7] }

/** Keys and values of earlier calls. */
export const CACHE_CASES = [
  defineCase(
    'present-without-past',
    'Present may be asked for without a past: it holds the keys and values, heads first.',
    { present: true, seqlenK: 12 },
  ),
  defineCase('present-with-past', 'Present holds the past, then the new keys and values.', {
    ...PAST,
    past: { seqlen: 7 },
    present: true,
  }),
  defineCase(
    'shared-buffer',
    'A buffer may be past and present at once: new rows are appended in place, all others stay as they are.',
    BUFFER,
    shareBuffer,
  ),
  defineCase(
    'separate-buffers',
    'Or past and present are two buffers of that length; rows behind the keys are left as they are.',
    BUFFER,
  ),
  defineCase(
    'short-past-buffer',
    'A buffer of the past need not have room for the new keys; present then has as many rows as there are keys.',
    { ...PAST, past: { seqlen: 5, bufferLength: 6 }, present: true },
  ),
  defineCase('past-only', 'There may be no new keys: queries see the past alone.', {
    seqlenQ: 3,
    seqlenK: 7,
    past: { seqlen: 7 },
  }),
  withIndices(
    { pastSeqlens: [7, 0, 2] },
    defineCase(
      'past-per-batch',
      'Each batch entry may have a past of its own length, none too: its new keys follow at once, and behind them it has no keys.',
      { ...RAGGED, batch: 3, softmaxLse: true },
    ),
  ),
  withIndices(
    LENGTHS,
    defineCase('past-per-batch-causal', 'Causal takes an offset for each batch entry along.', {
      ...RAGGED,
      causal: true,
      causalOffset: 'per-batch',
      windowLeft: 4,
    }),
    setting('causalOffset', [2, 7]),
  ),
  withIndices(
    { pastSeqlens: [3, 7, 0, 6] },
    defineCase(
      'past-per-batch-decode',
      'So it is when text is generated: one query, which sees its own past and itself.',
      { ...RAGGED_BUFFER, seqlenQ: 1, seqlenK: 8, batch: 4, numHeads: 4, numHeadsKv: 2 },
    ),
    shareBuffer,
  ),
  withIndices(
    LENGTHS,
    defineCase(
      'past-per-batch-buffer',
      'In a buffer the new rows go behind the past of each batch entry; all others stay as they are.',
      RAGGED_BUFFER,
    ),
    shareBuffer,
  ),
  withIndices(
    LENGTHS,
    defineCase(
      'past-per-batch-separate',
      'In another tensor present has the past of each batch entry and its new rows; rows behind them are left as they are.',
      RAGGED_BUFFER,
    ),
  ),
  defineCase(
    'stacked-cache',
    'A cache may hold keys and values in one tensor, (2, batch, heads, rows, head dim).',
    { ...PAST, past: { seqlen: 7 }, present: true, cacheStacked: true },
  ),
  defineCase(
    'stacked-buffer',
    'It may be past and present at once too.',
    { ...BUFFER, cacheStacked: true },
    shareBuffer,
  ),
  withIndices(
    LENGTHS,
    defineCase(
      'stacked-past-per-batch',
      'And have a past of its own length for each batch entry.',
      { ...RAGGED_BUFFER, cacheStacked: true },
    ),
    shareBuffer,
  ),
]
