import { multiHeadAttention } from '../../operators/multi-head-attention.js'
import { defineCase, setting } from './define-case.js'
import { hideWithNaN } from './hide-with-nan.js'
import { int32 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { operatorCase } from './operator-case.js'

const LENGTHS = { kind: 'lengths' } as const
const PER_KEY = { kind: '2d', dtype: 'int32' } as const
const IGNORE = { emptyRows: 'ignore-mask', seqlenK: 12 } as const
const SHAPES = { query: [2, 9, 128], key: [2, 12, 128], value: [2, 12, 128] }

/** What masks do. */
export const MASK_CASES = [
  defineCase(
    'mask-lengths',
    'A mask of lengths keeps keys j < length[b]; lengths past the keys keep all.',
    { mask: LENGTHS, seqlenK: 12 },
    setting('mask', [5, 99]),
  ),
  defineCase(
    'mask-start-end',
    'A mask of ends and starts, ends first, keeps start[b] ≤ j < end[b]; starts below 0 are 0.',
    { mask: { kind: 'start-end' }, seqlenK: 12 },
    setting('mask', [7, 99, 3, -5]),
  ),
  operatorCase(
    'mask-lengths-with-starts',
    "MultiHeadAttention's mask of 3·B + 2 numbers is a mask of lengths, its first B.",
    multiHeadAttention,
    {
      inputs: { ...SHAPES, keyPaddingMask: int32([4, 11, 0, 9, 18, 0, 4, 15]) },
      attributes: { numHeads: 2 },
    },
    keeping((batch, _, key) => key < [4, 11][batch]!),
  ),
  defineCase(
    'mask-2d',
    'A mask of (batch, key) keeps the keys whose value is above 0: neither 0 nor negative values.',
    { mask: PER_KEY, seqlenK: 12 },
    setting('mask', [1, 0, -1, 7, 2]),
  ),
  defineCase('mask-3d', 'A mask may have a value for each (batch, query, key).', {
    mask: { kind: '3d' },
    seqlenK: 12,
  }),
  defineCase('mask-4d', 'A mask may have a value for each (batch, head, query, key).', {
    mask: { kind: '4d' },
    seqlenK: 12,
  }),
  defineCase(
    'mask-excludes',
    'A filter value of at most -1000, -Infinity included, excludes: the weight of a hidden key is exactly 0.',
    { mask: { ...PER_KEY, filterValue: -1000 }, seqlenK: 12, softmaxLse: true },
    setting('mask', [0, 1, 1]),
  ),
  defineCase(
    'mask-adds',
    'A filter value above -1000 is added to the scores of hidden keys.',
    { mask: { ...PER_KEY, filterValue: -2.5 }, seqlenK: 12 },
    setting('mask', [0, 1, 1]),
  ),
  defineCase(
    'mask-lengths-adds',
    'That holds for masks of lengths too.',
    { mask: { ...LENGTHS, filterValue: -2 }, seqlenK: 12 },
    setting('mask', [0, 7]),
  ),
  defineCase(
    'mask-hides-all-ignored',
    "In ONNX Runtime's contrib operators a row whose keys are all hidden is computed as if there were no mask.",
    { ...IGNORE, mask: PER_KEY },
    setting('mask', [0]),
  ),
  defineCase(
    'mask-lengths-0-ignored',
    'So is every row of a sequence of length 0.',
    { ...IGNORE, mask: LENGTHS },
    setting('mask', [0, 5]),
  ),
  defineCase(
    'mask-hides-all-causal',
    'With causal or a window, the mask is ignored in rows that it leaves none of the keys that those allow.',
    { ...IGNORE, mask: PER_KEY, causal: true },
    setting('mask', [0, 0, 0, 0, 1, 1]),
  ),
  defineCase(
    'mask-hides-all-zero',
    "In ONNX's Attention such a row is 0, and its log-sum-exp -Infinity.",
    { mask: PER_KEY, causal: true, seqlenK: 12, softmaxLse: true },
    setting('mask', [0, 0, 0, 0, 1, 1]),
  ),
  defineCase(
    'mask-hides-nan',
    'Nothing of a hidden key reaches the result, also when its key and value are NaN.',
    { mask: LENGTHS, seqlenK: 70 },
    (bound) => hideWithNaN('mask', setting('mask', [5, 66])(bound)),
  ),
]
