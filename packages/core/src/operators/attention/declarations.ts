import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'

// B batch, S tokens, P past keys, T = P + S, M rows of a shared buffer or sizes of a mask, N heads, H and
// Hv head dims, D = N·H, Dv = N·Hv, Di width of the input.

export const INPUTS: readonly InputDeclaration[] = [
  {
    name: 'input',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, S, Di)'],
    description: 'What is projected to Q, K and V.',
  },
  {
    name: 'weights',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(Di, 2·D + Dv)'],
    description: 'Weights of the projections of Q, K and V, side by side.',
  },
  {
    name: 'bias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(2·D + Dv)'],
    description: 'Bias of the projections of Q, K and V.',
  },
  {
    name: 'maskIndex',
    required: false,
    dtypes: ['int32', 'int64', 'bool', 'uint8'],
    shapes: [
      '(B)',
      '(2·B)',
      '(3·B + 2)',
      '(B, T)',
      '(1, 1)',
      '(B, 1)',
      '(B, S, T)',
      '(B, 1, M, M)',
    ],
    description:
      'Lengths; ends, then starts; lengths of which the first B are read; or a value for each key that is above 0 to keep it. (1, 1) and (B, 1) are no mask. Of (B, 1, M, M), rows T - S on and the first T columns are read.',
  },
  {
    name: 'past',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(2, B, N, P, H)', '(2, B, N, M, H)'],
    description: 'Keys, then values of earlier calls, their bias added.',
  },
  {
    name: 'attentionBias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B or 1, N or 1, S, T)'],
    description: 'Added to the scores; not scaled.',
  },
  {
    name: 'pastSequenceLength',
    required: false,
    dtypes: ['int32', 'int64'],
    shapes: ['(1)'],
    description: 'P, when past and present are one buffer of M rows.',
    scalar: true,
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
    name: 'qkvHiddenSizes',
    type: 'integers',
    required: false,
    description: 'D of Q, D of K, and Dv. Default: each a third of the columns of weights.',
  },
  {
    name: 'pastPresentShareBuffer',
    type: 'boolean',
    required: false,
    default: false,
    description: 'Whether past and present are a buffer of M rows, of which P are valid.',
  },
  {
    name: 'doRotary',
    type: 'boolean',
    required: false,
    default: false,
    description: 'Whether Q and K are rotated by their position, halves paired, base 10000.',
  },
  {
    name: 'rotaryEmbeddingDim',
    type: 'integer',
    required: false,
    default: 0,
    description: 'Elements of each head that are rotated; 0 means all.',
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
    name: 'present',
    shape: '(2, B, N, T or M, H)',
    description:
      'Past and new keys, then values, with their bias. Written when asked for, which it must be when there is a past.',
  },
]
