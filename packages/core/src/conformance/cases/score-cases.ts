import type { BoundProblem } from '../../backend/plan.js'
import { LOWEST_VALUES } from '../../numeric/lowest-value.js'
import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import type { HostTensor } from '../../tensor/tensor.js'
import { fillElements } from '../write-elements.js'
import { defineCase, setting } from './define-case.js'
import { operatorCase } from './operator-case.js'

const SHAPES = { query: [2, 9, 128], key: [2, 12, 128], value: [2, 12, 128] }
const LOW = Number.NEGATIVE_INFINITY

/** A row of one bias, then one of another. */
function rowsOf(bias: number): readonly number[] {
  return [...new Array(12).fill(bias), ...new Array(12).fill(0.5)]
}

/**
 * Queries and keys of small integers times a power of two: scores are exact in float32, and before the
 * scale beyond what float16 holds.
 */
function largeScores(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  fillElements(bound.q, (at) => ((at * 7) % 5) * 64 - 128)
  fillElements(bound.k, (at) => ((at * 11) % 7) * 4 - 12 + (at % 64 < 32 ? 8 : 0))
  return bound
}

/** How a score comes about, and what becomes of it. */
export const SCORE_CASES = [
  operatorCase(
    'scale-default',
    'Scale 0, the default of the operators, is 1/√H.',
    multiHeadAttention,
    { inputs: SHAPES, attributes: { numHeads: 2, scale: 0 } },
    (bound) => ({ ...bound, problem: { ...bound.problem, softmaxScale: 0.125 } }),
  ),
  defineCase('scale-negative', 'Any other scale is used as it is, negative ones too.', {
    softmaxScale: -0.3,
  }),
  defineCase(
    'scale-zero',
    'A softmaxScale of 0 in a problem is no default: all weights are equal.',
    { softmaxScale: 0 },
  ),
  defineCase(
    'scores-beyond-float16',
    'Scores are kept in float32 or more: products beyond 65504 do no harm.',
    { softmaxScale: 2 ** -12, seqlenK: 40 },
    largeScores,
  ),
  defineCase(
    'softcap-before-bias',
    'Softcap comes after the scale and before the attention bias.',
    { softcap: 1.5, attentionBias: {}, seqlenK: 12 },
  ),
  defineCase(
    'softcap-before-mask',
    'Softcap comes before mask and causal: what they hide stays hidden.',
    { softcap: 1.5, causal: true, mask: { kind: '2d' }, emptyRows: 'ignore-mask' },
  ),
  defineCase(
    'attention-bias-unscaled',
    'The attention bias is added to the scores and not scaled.',
    { attentionBias: {}, softmaxScale: 0.02, seqlenK: 12 },
  ),
  defineCase(
    'attention-bias-broadcast-batch',
    'The attention bias may be the same for all batch entries.',
    { attentionBias: { broadcast: { batch: true } }, seqlenK: 12 },
  ),
  defineCase(
    'attention-bias-broadcast-heads',
    'The attention bias may be the same for all heads.',
    { attentionBias: { broadcast: { heads: true } }, seqlenK: 12 },
  ),
  defineCase(
    'attention-bias-hides',
    'A bias of -Infinity hides its key.',
    { attentionBias: {}, seqlenK: 12, softmaxLse: true },
    setting('attentionBias', [0.5, LOW, -1, LOW, LOW, 0.25, 1]),
  ),
  defineCase(
    'attention-bias-hides-all',
    'A row whose biases are all -Infinity is 0, never NaN, and its log-sum-exp -Infinity.',
    { attentionBias: {}, seqlenK: 12, softmaxLse: true },
    setting('attentionBias', rowsOf(LOW)),
  ),
  defineCase(
    'attention-bias-lowest-hides',
    "In ONNX's Attention a bias that is the lowest finite number hides its key as -Infinity does.",
    { attentionBias: {}, emptyRows: 'zero', seqlenK: 12, softmaxLse: true },
    (bound) => setting('attentionBias', rowsOf(LOWEST_VALUES[bound.problem.dtype]))(bound),
  ),
  defineCase(
    'attention-bias-lowest-adds',
    "In ONNX Runtime's contrib operators it is added as any other, so that a row of nothing else is the mean of V.",
    { attentionBias: {}, emptyRows: 'ignore-mask', seqlenK: 12 },
    setting('attentionBias', rowsOf(LOWEST_VALUES.float32)),
  ),
  defineCase(
    'mask-then-causal',
    'The filter value is added, and causal excludes: a key that both hide is not visible.',
    { mask: { kind: '2d', filterValue: -3 }, causal: true },
  ),
  defineCase(
    'softmax-float64',
    'A softmaxPrecision is the least one: the softmax may be computed in more.',
    { softmaxPrecision: 'float64', seqlenK: 12, softmaxLse: true },
  ),
  defineCase('sink-zero', 'Smooth softmax has one more logit, 0, in the denominator of each row.', {
    sink: 'zero',
    softmaxLse: true,
  }),
  defineCase('sink-per-head', 'A sink is such a logit for each head.', {
    sink: 'per-head',
    seqlenK: 12,
    softmaxLse: true,
  }),
  defineCase(
    'sink-without-keys',
    'A row that sees no key is 0 and its log-sum-exp -Infinity, with a sink too.',
    { sink: 'per-head', causal: true, causalOffset: -3, softmaxLse: true },
  ),
]
