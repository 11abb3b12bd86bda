import { defineCase, setting, withIndices } from './define-case.js'

const PAST = { seqlenQ: 5, seqlenK: 12, past: { seqlen: 7 } } as const
const PROJECTION = { q: true, k: true, v: true }
// Not in order, one of them twice, and some beyond the keys.
const POSITIONS = [3, 0, 11, 4, 4, 9, 40, 7, 1]

/** The norm of Q and K, and their rotary embedding. */
export const EMBEDDING_CASES = [
  defineCase(
    'qk-norm',
    'The norm divides each head of Q and of the new K by √(mean of its squares + epsilon), then multiplies by its weights.',
    { qkNorm: { epsilon: 1e-6 }, seqlenK: 12 },
  ),
  defineCase(
    'qk-norm-epsilon',
    'The epsilon is added inside of the root: a head of zeros stays zero.',
    { qkNorm: { epsilon: 0.5 }, softmaxLse: true },
    setting('q', [...new Array(64).fill(0), ...new Array(64).fill(0.25)]),
  ),
  defineCase(
    'qk-norm-after-bias',
    'The norm comes after the bias of the projections. V has none.',
    { qkNorm: { epsilon: 1e-6 }, projectionBias: PROJECTION, seqlenK: 12 },
  ),
  defineCase(
    'qk-norm-past',
    'Keys of the past are not normed again; present holds the new ones with their norm.',
    { ...PAST, qkNorm: { epsilon: 1e-6 }, present: true },
  ),
  defineCase(
    'rotary-halves',
    'The rotary embedding turns elements c and c + dim/2 of a head by position / base^(2c / dim): (a, b) becomes (a·cos - b·sin, b·cos + a·sin).',
    { rotary: { dim: 64 }, seqlenQ: 20 },
  ),
  defineCase('rotary-interleaved', 'Interleaved, it turns elements 2c and 2c + 1.', {
    rotary: { dim: 64, interleaved: true },
    seqlenQ: 20,
  }),
  defineCase(
    'rotary-part',
    'A rotary dim below the head dim leaves the elements behind it as they are.',
    { rotary: { dim: 32 }, seqlenQ: 20 },
  ),
  defineCase('rotary-part-interleaved', 'Interleaved too.', {
    rotary: { dim: 16, interleaved: true },
    seqlenQ: 20,
  }),
  defineCase('rotary-base', 'The base may be any number above 0.', {
    rotary: { dim: 64, base: 500 },
    seqlenQ: 20,
  }),
  defineCase(
    'rotary-tables',
    'Cosines and sines may be given, (rows, dim/2) each, and need not come from a base.',
    { rotary: { dim: 64, tableRows: 25 }, seqlenQ: 20 },
  ),
  defineCase('rotary-tables-interleaved', 'A row has the turn of each pair, interleaved or not.', {
    rotary: { dim: 32, tableRows: 20, interleaved: true },
    seqlenQ: 20,
  }),
  defineCase(
    'rotary-positions',
    'Positions may be given for each new token of each batch entry, in any order; queries and new keys have the same.',
    { rotary: { dim: 64, positions: true }, ...PAST, seqlenQ: 9, seqlenK: 16 },
    setting('positions', POSITIONS),
  ),
  defineCase(
    'rotary-table-positions',
    'They are rows of the tables then, of which there need not be as many as keys.',
    { rotary: { dim: 64, tableRows: 3, positions: true } },
    setting('positions', [2, 0, 1, 1]),
  ),
  defineCase(
    'rotary-past',
    'With a past of P keys new token i is at position P + i; keys of the past were turned when they were new.',
    { rotary: { dim: 64 }, ...PAST, present: true },
  ),
  withIndices(
    { pastSeqlens: [7, 2] },
    defineCase(
      'rotary-past-per-batch',
      'Where each batch entry has a past of its own, positions count from that.',
      { rotary: { dim: 64, tableRows: 12 }, ...PAST, past: { seqlen: 7, perBatch: true } },
    ),
  ),
  defineCase(
    'rotary-more-keys',
    'With more new keys than queries the last query is at the position of the last key.',
    { rotary: { dim: 64 }, seqlenQ: 5, seqlenK: 12 },
  ),
  defineCase(
    'rotary-only-past',
    'Without new keys the queries are at the positions of the last keys of the past.',
    { rotary: { dim: 64 }, seqlenQ: 2, seqlenK: 7, past: { seqlen: 7 } },
  ),
  withIndices(
    { cuSeqlensQ: [0, 2, 2, 9], cuSeqlensK: [0, 7, 8, 13] },
    defineCase(
      'rotary-varlen',
      'Without padding, the last query of each sequence is at the position of its last key.',
      { rotary: { dim: 64 }, layout: 'tnh', batch: 3, seqlenQ: 7 },
    ),
  ),
  defineCase(
    'rotary-after-norm',
    'The order is: bias of the projections, norm, rotary embedding, scale.',
    {
      rotary: { dim: 32 },
      qkNorm: { epsilon: 1e-6 },
      projectionBias: PROJECTION,
      present: true,
    },
  ),
  defineCase('rotary-grouped', 'Key heads are normed and turned once, whatever their group.', {
    rotary: { dim: 64, interleaved: true },
    qkNorm: { epsilon: 1e-6 },
    numHeads: 4,
    numHeadsKv: 2,
    ...PAST,
    present: true,
  }),
]
