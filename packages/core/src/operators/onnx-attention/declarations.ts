import { FLOAT_DTYPES } from '../../tensor/dtype.js'
import type { AttributeDeclaration, InputDeclaration, OutputDeclaration } from '../operator.js'

// B batch, S queries, L new keys, P past keys, T = P + L, Nq and Nk heads, H and Hv head dims.

export const INPUTS: readonly InputDeclaration[] = [
  {
    name: 'q',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, Nq, S, H)', '(B, S, Nq·H)'],
    description: 'Queries.',
  },
  {
    name: 'k',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, Nk, L, H)', '(B, L, Nk·H)'],
    description: 'New keys, or all that a cache outside of the operator holds.',
  },
  {
    name: 'v',
    required: true,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, Nk, L, Hv)', '(B, L, Nk·Hv)'],
    description: 'Values of those keys.',
  },
  {
    name: 'attnMask',
    required: false,
    dtypes: [...FLOAT_DTYPES, 'bool'],
    shapes: ['(T)', '(S, T)', '(Nq, S, T)', '(B, Nq, S, T)'],
    description:
      'Keys to attend to, or numbers to add to the scores. Sizes but the last may be 1; keys behind a shorter last one are hidden.',
  },
  {
    name: 'pastKey',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, Nk, P, H)'],
    description: 'Keys of earlier calls.',
  },
  {
    name: 'pastValue',
    required: false,
    dtypes: FLOAT_DTYPES,
    shapes: ['(B, Nk, P, Hv)'],
    description: 'Values of earlier calls.',
  },
  {
    name: 'nonpadKvSeqlen',
    required: false,
    dtypes: ['int64'],
    shapes: ['(B)'],
    description: 'How many keys of a cache outside of the operator are valid.',
    since: 24,
  },
]

export const ATTRIBUTES: readonly AttributeDeclaration[] = [
  {
    name: 'isCausal',
    type: 'boolean',
    required: false,
    default: false,
    description:
      'Whether query i sees the keys up to i + offset only: P with a past, nonpadKvSeqlen - S with that, else 0.',
  },
  {
    name: 'scale',
    type: 'number',
    required: false,
    description: 'Multiplies the scores; without it they are multiplied by 1/√H.',
  },
  {
    name: 'softcap',
    type: 'number',
    required: false,
    default: 0,
    description: 'Scores become softcap · tanh(score / softcap) before the mask; 0 is off.',
  },
  {
    name: 'qNumHeads',
    type: 'integer',
    required: false,
    description: 'Nq; required where q, k and v have rank 3.',
  },
  {
    name: 'kvNumHeads',
    type: 'integer',
    required: false,
    description: 'Nk; required where q, k and v have rank 3.',
  },
  {
    name: 'softmaxPrecision',
    type: 'integer',
    required: false,
    description:
      "The softmax's least precision by ONNX's number of the element type: 1 float32, 10 float16, 11 float64, 16 bfloat16.",
  },
  {
    name: 'qkMatmulOutputMode',
    type: 'integer',
    required: false,
    default: 0,
    description:
      'What qkMatmulOutput shows: 0 the scores, 1 after softcap, 2 after mask, causal and window too, 3 the probabilities.',
  },
  {
    name: 'leftWindowSize',
    type: 'integer',
    required: false,
    default: -1,
    description: 'How many keys before its own position i + offset query i sees; -1 is all.',
    since: 25,
  },
  {
    name: 'rightWindowSize',
    type: 'integer',
    required: false,
    default: -1,
    description: 'How many keys behind its own position i + offset query i sees; -1 is all.',
    since: 25,
  },
]

export const OUTPUTS: readonly OutputDeclaration[] = [
  {
    name: 'output',
    shape: '(B, Nq, S, Hv) or (B, S, Nq·Hv)',
    description: 'The result, in the form of q.',
    onnxName: 'Y',
  },
  { name: 'presentKey', shape: '(B, Nk, T, H)', description: 'Past and new keys.' },
  { name: 'presentValue', shape: '(B, Nk, T, Hv)', description: 'Past and new values.' },
  {
    name: 'qkMatmulOutput',
    shape: '(B, Nq, S, T)',
    description: 'Scores or probabilities, by qkMatmulOutputMode.',
  },
]
