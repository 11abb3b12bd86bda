import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'

// B batch, S queries, L new keys (S, or 0 where the cache has them all), P rows of the past, T keys of the
// longest batch entry, N query heads, Nk key heads, H head dim.

function floats(
  name: string,
  required: boolean,
  shapes: readonly string[],
  description: string,
): InputDeclaration {
  return { name, required, dtypes: FLOAT_DTYPES, shapes, description }
}

export const INPUTS: readonly InputDeclaration[] = [
  floats('query', true, ['(B, S, N·H)', '(B, S, (N + 2·Nk)·H)'], 'Queries, or Q, K and V packed.'),
  floats('key', false, ['(B, L, Nk·H)'], 'New keys; absent when packed.'),
  floats('value', false, ['(B, L, Nk·H)'], 'New values; absent when packed.'),
  {
    ...floats('pastKey', false, ['(B, Nk, P, H)'], 'Keys of earlier calls, or the buffer of all.'),
    dtypes: [...FLOAT_DTYPES, 'uint8'],
  },
  {
    ...floats('pastValue', false, ['(B, Nk, P, H)'], 'Values of earlier calls.'),
    dtypes: [...FLOAT_DTYPES, 'uint8'],
  },
  {
    name: 'seqlensK',
    required: true,
    dtypes: ['int32'],
    shapes: ['(B)', '(B, 1)'],
    description: 'Past and new keys of each batch entry, less one.',
  },
  {
    name: 'totalSequenceLength',
    required: true,
    dtypes: ['int32'],
    shapes: ['(1)'],
    description: 'T: past and new keys of the longest batch entry.',
    scalar: true,
  },
  floats('cosCache', false, ['(at least T, R/2)'], 'Cosines by position; R elements are rotated.'),
  floats('sinCache', false, ['(at least T, R/2)'], 'Sines by position.'),
  {
    name: 'positionIds',
    required: false,
    dtypes: ['int64'],
    shapes: ['(B, S)'],
    description: 'Positions of the new tokens; without it they follow the past.',
  },
  floats('attentionBias', false, ['(B or 1, N or 1, S, T)'], 'Added to the scores; not scaled.'),
  floats('headSink', false, ['(N)'], "A logit of each head that joins its rows' denominators."),
  {
    name: 'kScale',
    required: false,
    dtypes: ['float32'],
    shapes: ['(1)', '(1, Nk, 1, H)'],
    description: 'Scales of a quantised key cache; not supported yet.',
  },
  {
    name: 'vScale',
    required: false,
    dtypes: ['float32'],
    shapes: ['(1)', '(1, Nk, 1, H)'],
    description: 'Scales of a quantised value cache; not supported yet.',
  },
  floats('qNormWeight', false, ['(H)'], 'Weights of the norm of each head of Q.'),
  floats('kNormWeight', false, ['(H)'], 'Weights of the norm of each head of K.'),
]

type Rest = Pick<AttributeDeclaration, 'type' | 'default'>

function optional(name: string, rest: Rest, description: string): AttributeDeclaration {
  return { name, required: false, ...rest, description }
}

const OFF = { type: 'boolean', default: false } as const
const QUANTISED = { type: 'string', default: 'NONE' } as const

export const ATTRIBUTES: readonly AttributeDeclaration[] = [
  { name: 'numHeads', type: 'integer', required: true, description: 'N.' },
  { name: 'kvNumHeads', type: 'integer', required: true, description: 'Nk.' },
  optional('scale', { type: 'number', default: 0 }, 'Multiplies the scores; 0 means 1/√H.'),
  optional(
    'softcap',
    { type: 'number', default: 0 },
    'Scores become softcap · tanh(score / softcap) before the bias; 0 is off.',
  ),
  optional(
    'causal',
    { type: 'boolean', default: true },
    'Whether a query sees the keys up to its own position only.',
  ),
  optional(
    'localWindowSize',
    { type: 'integer', default: -1 },
    'How many keys a query sees, its own included; -1 and 0 are all.',
  ),
  optional('doRotary', OFF, 'Whether Q and the new K are rotated by cosCache and sinCache.'),
  optional('rotaryInterleaved', OFF, 'Whether neighbours are rotated, and not halves.'),
  optional(
    'smoothSoftmax',
    { type: 'integer', default: -1 },
    'With 1, a logit of 0 joins the denominator of each row.',
  ),
  optional(
    'qkOutput',
    { type: 'integer', default: 0 },
    'What outputQk shows: 1 the scores before the softmax, 2 the probabilities.',
  ),
  optional('slidingWindowCache', OFF, 'A cache that holds a window alone; not supported yet.'),
  optional(
    'qkNormEpsilon',
    { type: 'number', default: 1e-6 },
    'Added to the mean of squares in the norm of Q and K.',
  ),
  optional('kQuantType', QUANTISED, 'NONE, PER_TENSOR or PER_CHANNEL: only NONE is supported yet.'),
  optional('vQuantType', QUANTISED, 'NONE, PER_TENSOR or PER_CHANNEL: only NONE is supported yet.'),
  optional('kvCacheBitWidth', { type: 'integer', default: 0 }, 'Bits of a quantised cache.'),
]

export const OUTPUTS: readonly OutputDeclaration[] = [
  { name: 'output', shape: '(B, S, N·H)', description: 'The result, heads side by side.' },
  {
    name: 'presentKey',
    shape: '(B, Nk, max(T, P), H)',
    description: 'Past and new keys, normed and rotated.',
  },
  {
    name: 'presentValue',
    shape: '(B, Nk, max(T, P), H)',
    description: 'Past and new values.',
  },
  {
    name: 'outputQk',
    shape: '(B, N, S, T)',
    description: 'Scores or probabilities, by qkOutput; 0 where a key is hidden.',
  },
]
