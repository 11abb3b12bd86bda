import { FLOAT_DTYPES } from '../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration } from './operator.js'

/** The inputs that the packed operators have besides what attention is computed of. */
export const PACKED_INPUTS: readonly InputDeclaration[] = [
  {
    name: 'tokenOffset',
    required: true,
    dtypes: ['int32'],
    shapes: ['(B, S)'],
    description:
      'Positions b·S + s of the real tokens, then those of the padding, each by batch, then time.',
  },
  {
    name: 'cumulativeSequenceLength',
    required: true,
    dtypes: ['int32'],
    shapes: ['(B + 1)'],
    description: 'Where each sequence begins among the tokens: 0, c₀, c₀ + c₁ up to K.',
  },
  {
    name: 'attentionBias',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B or 1, N or 1, S, S)'],
    description:
      'Added to the scores, not scaled; of each sequence its first rows and columns are read.',
  },
]

/** The attribute that both packed operators have last. */
export const PACKED_SCALE: AttributeDeclaration = {
  name: 'scale',
  type: 'number',
  required: false,
  default: 0,
  description: 'Multiplies the scores; 0 means 1/√H.',
}
