import { attention } from '../../operators/attention.js'
import type { ConformanceCase } from '../conformance-case.js'
import { ATTENTION_MASK_CASES } from './attention-mask-cases.js'
import type { Edit } from './define-case.js'
import { keeping } from './keeping.js'
import { MULTI_HEAD_CASES } from './multi-head-cases.js'
import { type OperatorCall, operatorCase } from './operator-case.js'
import { PACKED_CASES } from './packed-cases.js'

const PROJECTED = { input: [2, 9, 32], weights: [32, 384], bias: [384] }
const PAST = { past: [2, 2, 2, 3, 64] }
const HEADS = { numHeads: 2 }

function attentionCase(
  name: string,
  meaning: string,
  inputs: OperatorCall['inputs'],
  rest: Omit<OperatorCall, 'inputs'>,
  same?: Edit,
): ConformanceCase {
  const attributes = { ...HEADS, ...rest.attributes }
  return operatorCase(name, meaning, attention, { ...rest, inputs, attributes }, same)
}

const BUFFER = { ...PROJECTED, past: [2, 2, 2, 16, 64] }

const ATTENTION_FORMS = [
  attentionCase(
    'attention-projected',
    "Attention's Q, K and V lie side by side in the product of input and weights, where they are read.",
    PROJECTED,
    {},
  ),
  attentionCase(
    'attention-hidden-sizes',
    'V may be of another width than Q and K.',
    { input: [2, 9, 32], weights: [32, 320], bias: [320] },
    { attributes: { qkvHiddenSizes: [128, 128, 64] } },
  ),
  attentionCase(
    'attention-causal-past',
    'Causal, with a past of P keys, query i sees the keys up to P + i.',
    { ...PROJECTED, ...PAST },
    { attributes: { unidirectional: true }, requested: ['present'] },
    keeping((_, query, key) => key <= 3 + query),
  ),
  attentionCase(
    'attention-present',
    'Present may be asked for without a past: keys and values in one tensor, with their bias.',
    PROJECTED,
    { requested: ['present'] },
  ),
  attentionCase(
    'attention-shared-buffer',
    'In a buffer the first pastSequenceLength rows are the past.',
    BUFFER,
    {
      attributes: { pastPresentShareBuffer: true, unidirectional: true },
      scalars: { pastSequenceLength: 5 },
      requested: ['present'],
    },
    keeping((_, query, key) => key <= 5 + query),
  ),
  attentionCase(
    'attention-rotary',
    'Its rotary embedding pairs halves, with a base of 10000, and positions count from the past.',
    { ...PROJECTED, ...PAST },
    { attributes: { doRotary: true }, requested: ['present'] },
  ),
]

/** What Attention, MultiHeadAttention and the packed operators ask for. */
export const ATTENTION_CASES = [
  ...ATTENTION_FORMS,
  ...ATTENTION_MASK_CASES,
  ...MULTI_HEAD_CASES,
  ...PACKED_CASES,
]
