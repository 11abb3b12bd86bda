import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'
import { PACKED_INPUTS, PACKED_SCALE } from '../packed-declarations.js'

// K tokens of all sequences, B sequences, S their length with padding, N heads, H and Hv head dims, D = N·H,
// Dv = N·Hv.

export const INPUTS: readonly InputDeclaration[] = [
  {
    name: 'query',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(K, D)', '(K, N, 3, H)'],
    description: 'Queries of all tokens, or Q, K and V packed head by head.',
  },
  {
    name: 'key',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(K, D)'],
    description: 'Keys; absent when packed.',
  },
  {
    name: 'value',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(K, Dv)'],
    description: 'Values; absent when packed.',
  },
  {
    name: 'bias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(2·D + Dv)'],
    description: 'Bias of the projections of Q, K and V.',
  },
  ...PACKED_INPUTS,
]

export const ATTRIBUTES: readonly AttributeDeclaration[] = [
  { name: 'numHeads', type: 'integer', required: true, description: 'N.' },
  {
    name: 'maskFilterValue',
    type: 'number',
    required: false,
    default: -10000,
    description: 'Not used: there is no mask.',
  },
  PACKED_SCALE,
]

export const OUTPUTS: readonly OutputDeclaration[] = [
  { name: 'output', shape: '(K, Dv)', description: 'The result, heads side by side.' },
]
