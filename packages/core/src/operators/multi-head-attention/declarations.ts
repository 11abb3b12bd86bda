import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'

// B batch, S queries, L new keys, P past keys, T = P + L, M rows of a shared buffer, N heads, H and Hv
// head dims, D = N·H, Dv = N·Hv.

export const INPUTS: readonly InputDeclaration[] = [
  {
    name: 'query',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, S, D)', '(B, S, N, 3, H)'],
    description: 'Queries, or Q, K and V packed head by head.',
  },
  {
    name: 'key',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, L, D)', '(B, L, N, 2, H)', '(B, N, L, H)'],
    description: 'New keys, or K and V packed head by head; heads first for cross-attention.',
  },
  {
    name: 'value',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, L, Dv)', '(B, N, L, H)'],
    description: 'New values; absent when packed.',
  },
  {
    name: 'bias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(2·D + Dv)'],
    description:
      'Bias of the projections of Q, K and V. With keys of rank 4 only the part of Q is added.',
  },
  {
    name: 'keyPaddingMask',
    required: false,
    dtypes: ['int32', 'int64', 'bool', 'uint8'],
    shapes: ['(B)', '(3·B + 2)', '(B, T)', '(B, S, T)'],
    description:
      'Lengths, of which the first B are read, or a value for each key that is above 0 to keep it.',
  },
  {
    name: 'attentionBias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B or 1, N or 1, S, T)'],
    description: 'Added to the scores; not scaled.',
  },
  {
    name: 'pastKey',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, N, P, H)', '(B, N, M, H)'],
    description: 'Keys of earlier calls, their bias added.',
  },
  {
    name: 'pastValue',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, N, P, H)', '(B, N, M, H)'],
    description: 'Values of earlier calls, their bias added.',
  },
  {
    name: 'pastSequenceLength',
    required: false,
    dtypes: ['int32', 'int64'],
    shapes: ['(1)'],
    description: 'P, when past and present are one buffer of M rows.',
    scalar: true,
  },
  {
    name: 'cacheIndirection',
    required: false,
    dtypes: ['int32'],
    shapes: ['(B, beams, M)'],
    description: 'Beam search; not supported yet.',
  },
]

export const ATTRIBUTES: readonly AttributeDeclaration[] = [
  { name: 'numHeads', type: 'integer', required: true, description: 'N.' },
  {
    name: 'unidirectional',
    type: 'boolean',
    required: false,
    default: false,
    description: 'Whether query i sees the keys up to P + i only.',
  },
  {
    name: 'maskFilterValue',
    type: 'number',
    required: false,
    default: -10000,
    description: 'At most -1000, masked keys are excluded; above, it is added to their scores.',
  },
  {
    name: 'scale',
    type: 'number',
    required: false,
    default: 0,
    description: 'Multiplies the scores; 0 means 1/√H.',
  },
]

export const OUTPUTS: readonly OutputDeclaration[] = [
  { name: 'output', shape: '(B, S, Dv)', description: 'The result, heads side by side.' },
  {
    name: 'presentKey',
    shape: '(B, N, T or M, H)',
    description: 'Past and new keys, with their bias.',
  },
  {
    name: 'presentValue',
    shape: '(B, N, T or M, Hv)',
    description: 'Past and new values, with their bias.',
  },
  {
    name: 'qk',
    shape: '(B, N, S, T)',
    description:
      'Scores right before the softmax: scaled, with bias and mask filter value; the lowest finite number where causal hides the key.',
  },
]
