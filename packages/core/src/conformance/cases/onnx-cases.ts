import { onnxAttention } from '../../operators/onnx-attention.js'
import type { ConformanceCase } from '../conformance-case.js'
import type { Edit } from './define-case.js'
import { bool, int64 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { type OperatorCall, operatorCase } from './operator-case.js'

const LOW = Number.NEGATIVE_INFINITY
// Four queries, seven keys.
const HEADS_FIRST = { q: [2, 4, 4, 64], k: [2, 2, 7, 64], v: [2, 2, 7, 64] }
const NEW = { q: [2, 4, 4, 64], k: [2, 2, 4, 64], v: [2, 2, 4, 64] }
const PAST = { pastKey: [2, 2, 5, 64], pastValue: [2, 2, 5, 64] }
const PRESENT = ['presentKey', 'presentValue']

function onnxCase(
  name: string,
  meaning: string,
  inputs: OperatorCall['inputs'],
  rest: Omit<OperatorCall, 'inputs'> = {},
  same?: Edit,
): ConformanceCase {
  return operatorCase(name, meaning, onnxAttention, { inputs, ...rest }, same)
}

const FORMS = [
  onnxCase(
    'onnx-heads-first',
    "ONNX's Attention takes (B, heads, S, H), and key heads that serve a group of query heads.",
    HEADS_FIRST,
    {},
    keeping(() => true),
  ),
  onnxCase(
    'onnx-side-by-side',
    'Or heads side by side, (B, S, heads·H), with other sizes for V.',
    { q: [2, 4, 256], k: [2, 7, 128], v: [2, 7, 64] },
    { attributes: { qNumHeads: 4, kvNumHeads: 2 } },
    keeping(() => true),
  ),
  onnxCase(
    'onnx-past',
    'A past comes before the new keys; present holds both.',
    { ...NEW, ...PAST },
    { requested: PRESENT },
    keeping(() => true),
  ),
  onnxCase(
    'onnx-causal',
    'Causal without a past: query i sees the keys up to i, also where there are more keys than queries.',
    HEADS_FIRST,
    { attributes: { isCausal: true } },
    keeping((_, query, key) => key <= query),
  ),
  onnxCase(
    'onnx-causal-past',
    'With a past of P keys, those up to P + i.',
    { ...NEW, ...PAST },
    { attributes: { isCausal: true }, requested: PRESENT },
    keeping((_, query, key) => key <= 5 + query),
  ),
  onnxCase(
    'onnx-nonpad',
    'nonpadKvSeqlen says how many keys of each batch entry are valid; none gives rows of 0.',
    { ...HEADS_FIRST, nonpadKvSeqlen: int64([5, 0]) },
    {},
    keeping((batch, _, key) => key < [5, 0][batch]!),
  ),
  onnxCase(
    'onnx-nonpad-causal',
    'Causal then aligns the last query with the last valid key: query i sees keys up to i + nonpadKvSeqlen - S; the first ones may see none.',
    { ...HEADS_FIRST, nonpadKvSeqlen: int64([7, 2]) },
    { attributes: { isCausal: true } },
    keeping((batch, query, key) => key <= query + [7, 2][batch]! - 4),
  ),
  onnxCase(
    'onnx-windows',
    'Windows count from the same diagonal as causal: left w keys before it, right w behind.',
    { ...NEW, ...PAST },
    { attributes: { leftWindowSize: 2, rightWindowSize: 1 }, requested: PRESENT },
    keeping((_, query, key) => key >= query + 3 && key <= query + 6),
  ),
  onnxCase(
    'onnx-window-causal',
    'With causal the right one does nothing.',
    { ...HEADS_FIRST, nonpadKvSeqlen: int64([6, 4]) },
    { attributes: { isCausal: true, leftWindowSize: 1, rightWindowSize: 3 } },
    keeping((batch, query, key) => {
      const own = query + [6, 4][batch]! - 4
      return key <= own && key >= own - 1
    }),
  ),
]

const BY_QUERY = Array.from({ length: 28 }, (_, at) => at % 3 > 0 && Math.floor(at / 7) !== 2)
const isKept = (_: number, query: number, key: number) => BY_QUERY[query * 7 + key]!
const BY_KEY = [true, false, true, true, false, true, true]

const MASK_FORMS = [
  onnxCase(
    'onnx-mask-bool',
    'A mask of booleans keeps what is true; a row that keeps nothing is 0.',
    { ...HEADS_FIRST, attnMask: bool(BY_QUERY, [4, 7]) },
    {},
    keeping(isKept),
  ),
  onnxCase(
    'onnx-mask-float',
    'One of numbers is added to the scores; -Infinity hides, and a row of it is 0.',
    {
      ...HEADS_FIRST,
      attnMask: { shape: [1, 1, 4, 7], values: BY_QUERY.map((kept) => (kept ? 0 : LOW)) },
    },
    {},
    keeping(isKept),
  ),
  onnxCase(
    'onnx-mask-adds',
    'It is not scaled, and comes after softcap.',
    { ...HEADS_FIRST, attnMask: [2, 4, 4, 7] },
    { attributes: { softcap: 1.5, scale: 0.3 } },
  ),
  onnxCase(
    'onnx-mask-heads',
    'Sizes are aligned at the right: one of rank 3 is (heads, S, T), and sizes of 1 are for all.',
    { ...HEADS_FIRST, attnMask: [4, 1, 7] },
  ),
  onnxCase(
    'onnx-mask-keys',
    'One of rank 1 has a value for each key.',
    { ...HEADS_FIRST, attnMask: bool(BY_KEY, [7]) },
    {},
    keeping((_batch, _query, key) => BY_KEY[key]!),
  ),
  onnxCase(
    'onnx-mask-short',
    'Its last size may be below T: the keys behind are hidden.',
    { ...HEADS_FIRST, attnMask: bool(BY_KEY.slice(0, 5), [5]) },
    {},
    keeping((_batch, _query, key) => key < 5 && BY_KEY[key]!),
  ),
  onnxCase(
    'onnx-mask-short-present',
    'Present and the qk output have those keys all the same.',
    { ...NEW, ...PAST, attnMask: bool(BY_KEY.slice(0, 6), [6]) },
    {
      attributes: { qkMatmulOutputMode: 2 },
      requested: [...PRESENT, 'qkMatmulOutput'],
    },
    keeping((_batch, _query, key) => key < 6 && BY_KEY[key]!),
  ),
  onnxCase(
    'onnx-mask-causal',
    'Mask, causal and nonpadKvSeqlen together keep what all keep.',
    { ...HEADS_FIRST, attnMask: bool(BY_QUERY, [4, 7]), nonpadKvSeqlen: int64([7, 4]) },
    { attributes: { isCausal: true } },
    keeping((batch, query, key) => isKept(batch, query, key) && key <= query + [7, 4][batch]! - 4),
  ),
]

const SCORED = { ...NEW, ...PAST, attnMask: bool(Array(36).fill(true).fill(false, 9, 18), [4, 9]) }

function modeCase(name: string, meaning: string, qkMatmulOutputMode: number): ConformanceCase {
  const attributes = { isCausal: true, softcap: 2, qkMatmulOutputMode }
  return onnxCase(name, meaning, SCORED, { attributes, requested: [...PRESENT, 'qkMatmulOutput'] })
}

const OUTPUT_FORMS = [
  modeCase('onnx-qk-0', 'The qk output of mode 0 shows the scores after the scale.', 0),
  modeCase('onnx-qk-1', 'Mode 1: after softcap too.', 1),
  modeCase('onnx-qk-2', 'Mode 2: after mask and causal too, -Infinity where they hide.', 2),
  modeCase('onnx-qk-3', 'Mode 3: the weights, 0 in rows that see nothing.', 3),
  onnxCase(
    'onnx-softmax-precision',
    'A softmaxPrecision of float64 is kept to or refused.',
    HEADS_FIRST,
    { attributes: { softmaxPrecision: 11 } },
  ),
]

/** What ONNX's Attention asks for. */
export const ONNX_CASES = [...FORMS, ...MASK_FORMS, ...OUTPUT_FORMS]
