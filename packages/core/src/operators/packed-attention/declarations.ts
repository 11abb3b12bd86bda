import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'
import { PACKED_INPUTS, PACKED_SCALE } from '../packed-declarations.js'

// K tokens of all sequences, B sequences, S their length with padding, N heads, H and Hv head dims, D = N·H,
// Dv = N·Hv, Di width of the input.

export const INPUTS: readonly InputDeclaration[] = [
  {
    name: 'input',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(K, Di)'],
    description: 'What is projected to Q, K and V, of all tokens.',
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
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(2·D + Dv)'],
    description: 'Bias of the projections of Q, K and V.',
  },
  ...PACKED_INPUTS,
]

export const ATTRIBUTES: readonly AttributeDeclaration[] = [
  { name: 'numHeads', type: 'integer', required: true, description: 'N.' },
  {
    name: 'qkvHiddenSizes',
    type: 'integers',
    required: false,
    description: 'D of Q, D of K, and Dv. Default: each a third of the columns of weights.',
  },
  PACKED_SCALE,
]

export const OUTPUTS: readonly OutputDeclaration[] = [
  { name: 'output', shape: '(K, Dv)', description: 'The result, heads side by side.' },
]
