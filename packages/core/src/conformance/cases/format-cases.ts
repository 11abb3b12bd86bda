import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import { defineCase } from './define-case.js'
import { operatorCase } from './operator-case.js'

const ALL_PARTS = { q: true, k: true, v: true }
const HEADS = { numHeads: 2 }

/** Where the numbers lie, and what is added to them. */
export const FORMAT_CASES = [
  operatorCase(
    'packed-qkv',
    'Packed Q, K and V are (B, S, N, 3, H): heads outside, then Q, K and V of each.',
    multiHeadAttention,
    { inputs: { query: [2, 9, 2, 3, 64] }, attributes: HEADS },
  ),
  operatorCase(
    'packed-kv',
    'Packed K and V are (B, L, N, 2, H): heads outside, then K and V of each.',
    multiHeadAttention,
    { inputs: { query: [2, 9, 128], key: [2, 12, 2, 2, 64] }, attributes: HEADS },
  ),
  operatorCase(
    'keys-heads-first',
    'Keys and values of rank 4 are (B, N, L, H), and of a bias only the part of Q is added then.',
    multiHeadAttention,
    {
      inputs: {
        query: [2, 9, 128],
        key: [2, 2, 12, 64],
        value: [2, 2, 12, 64],
        bias: [384],
      },
      attributes: HEADS,
    },
  ),
  defineCase('heads-first', 'Queries, keys and values may all be (B, N, S, H).', {
    layout: 'bnsh',
    seqlenK: 12,
  }),
  defineCase('strided', 'Vectors lie where the views say; what lies between them is not read.', {
    q: { offset: 64, batchStride: 4096, seqStride: 256, headStride: 128 },
    k: { offset: 64, batchStride: 4096, seqStride: 256, headStride: 128 },
    v: { offset: 0, batchStride: 4096, seqStride: 128, headStride: 2048 },
  }),
  defineCase(
    'grouped-queries',
    'Key head g serves the query heads g·(N/Nk) to (g + 1)·(N/Nk) - 1.',
    { numHeads: 6, numHeadsKv: 2 },
  ),
  defineCase(
    'head-dim-v',
    'The head dim of V, and so of the output, may differ from that of Q and K.',
    { headDimV: 32 },
  ),
  defineCase(
    'projection-bias',
    'The bias of the projections is added to Q, K and V before anything else.',
    { projectionBias: ALL_PARTS },
  ),
  defineCase('projection-bias-empty-row', 'A row that sees no key is 0, also where V has a bias.', {
    projectionBias: ALL_PARTS,
    causal: true,
    causalOffset: -4,
  }),
  defineCase(
    'projection-bias-before-past',
    'The bias is added before the past, which has its own already, is put in front; present holds it.',
    {
      projectionBias: ALL_PARTS,
      seqlenQ: 3,
      seqlenK: 10,
      past: { seqlen: 7, bufferLength: null },
      present: true,
    },
  ),
]
