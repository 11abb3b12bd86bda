import { groupQueryAttention } from '../../operators/group-query-attention.js'
import type { Attributes } from '../../operators/operator.js'
import type { ConformanceCase } from '../conformance-case.js'
import type { Edit } from './define-case.js'
import { int32, int64 } from './index-tensors.js'
import { keeping } from './keeping.js'
import { type OperatorCall, operatorCase } from './operator-case.js'

interface Call {
  readonly inputs: OperatorCall['inputs']
  readonly total: number
  readonly attributes?: Attributes
  readonly requested?: readonly string[]
}

const PRESENT = ['presentKey', 'presentValue']

function groupQueryCase(
  name: string,
  meaning: string,
  { inputs, total, attributes = {}, requested = PRESENT }: Call,
  same?: Edit,
): ConformanceCase {
  const call = {
    inputs,
    attributes: { numHeads: 4, kvNumHeads: 2, ...attributes },
    scalars: { totalSequenceLength: total },
    requested,
  }
  return operatorCase(name, meaning, groupQueryAttention, call, same)
}

const PROMPT = { query: [2, 6, 256], key: [2, 6, 128], value: [2, 6, 128] }
// Keys of each batch entry, less one.
const WHOLE = { inputs: { ...PROMPT, seqlensK: int32([5, 5]) }, total: 6 }
const PADDED = { inputs: { ...PROMPT, seqlensK: int32([5, 2]) }, total: 6 }

const BUFFER = { pastKey: [2, 2, 16, 64], pastValue: [2, 2, 16, 64] }
const ONE = { query: [2, 1, 256], key: [2, 1, 128], value: [2, 1, 128] }
const DECODE = { inputs: { ...ONE, ...BUFFER, seqlensK: int32([9, 4]) }, total: 10 }

const THREE = { query: [2, 3, 256], key: [2, 3, 128], value: [2, 3, 128] }
const CHUNK = { inputs: { ...THREE, ...BUFFER, seqlensK: int32([9, 4]) }, total: 10 }
// Where the first query of CHUNK is: its past.
const AT = [7, 2]

const TABLES = { cosCache: [20, 32], sinCache: [20, 32] }

/** What GroupQueryAttention asks for. */
export const GROUP_QUERY_CASES = [
  groupQueryCase(
    'group-query-prompt',
    'GroupQueryAttention is causal: without a past query i sees the keys up to i.',
    WHOLE,
    keeping((_, query, key) => key <= query),
  ),
  groupQueryCase(
    'group-query-padded-prompt',
    'A batch entry has seqlensK + 1 keys; in a prompt those behind are padding, which no query sees, and which present holds all the same.',
    PADDED,
    keeping((batch, query, key) => key <= query && key < [6, 3][batch]!),
  ),
  groupQueryCase(
    'group-query-not-causal',
    'Without causal each query sees all keys that its batch entry has.',
    { ...PADDED, attributes: { causal: false } },
    keeping((batch, _, key) => key < [6, 3][batch]!),
  ),
  groupQueryCase(
    'group-query-decode',
    'A new token goes to row seqlensK of the cache, and sees the rows up to that; all behind stay as they are.',
    DECODE,
    keeping((batch, _, key) => key <= [9, 4][batch]!),
  ),
  groupQueryCase(
    'group-query-chunk',
    'Several new tokens follow a past, of another length for each batch entry: query i sees the keys up to past + i.',
    CHUNK,
    keeping((batch, query, key) => key <= AT[batch]! + query),
  ),
  groupQueryCase(
    'group-query-growing-cache',
    'The past need not have room for the new tokens; present has rows for all.',
    {
      inputs: {
        ...THREE,
        pastKey: [2, 2, 7, 64],
        pastValue: [2, 2, 7, 64],
        seqlensK: int32([9, 4]),
      },
      total: 10,
    },
    keeping((batch, query, key) => key <= AT[batch]! + query),
  ),
  groupQueryCase(
    'group-query-no-new-keys',
    'There may be no new keys: the queries are the last positions of the cache.',
    {
      inputs: {
        query: [2, 2, 256],
        key: [2, 0, 128],
        value: [2, 0, 128],
        pastKey: [2, 2, 8, 64],
        pastValue: [2, 2, 8, 64],
        seqlensK: int32([7, 4]),
      },
      total: 8,
    },
    keeping((batch, query, key) => key <= [6, 3][batch]! + query),
  ),
  groupQueryCase(
    'group-query-window',
    'A local window of w keeps w keys, the own one included.',
    { ...CHUNK, attributes: { localWindowSize: 3 } },
    keeping((batch, query, key) => {
      const own = AT[batch]! + query
      return key <= own && own - key < 3
    }),
  ),
  groupQueryCase(
    'group-query-window-1',
    'A local window of 1 leaves the own key alone.',
    { ...CHUNK, attributes: { localWindowSize: 1 } },
    keeping((batch, query, key) => key === AT[batch]! + query),
  ),
  groupQueryCase(
    'group-query-window-0',
    'A local window of 0 is none.',
    { ...CHUNK, attributes: { localWindowSize: 0 } },
    keeping((batch, query, key) => key <= AT[batch]! + query),
  ),
  groupQueryCase(
    'group-query-packed',
    'Q, K and V may lie side by side, (B, S, (N + 2·Nk)·H).',
    { inputs: { query: [2, 6, 512], seqlensK: int32([5, 2]) }, total: 6 },
    keeping((batch, query, key) => key <= query && key < [6, 3][batch]!),
  ),
  groupQueryCase('group-query-rotary', 'Rotary positions count from the past of a batch entry.', {
    ...CHUNK,
    inputs: { ...CHUNK.inputs, ...TABLES },
    attributes: { doRotary: true },
  }),
  groupQueryCase(
    'group-query-rotary-part',
    'The width of the tables says how many elements of a head are rotated, here interleaved.',
    {
      ...PADDED,
      inputs: { ...PADDED.inputs, cosCache: [8, 16], sinCache: [8, 16] },
      attributes: { doRotary: true, rotaryInterleaved: true },
    },
  ),
  groupQueryCase('group-query-position-ids', 'Or positions are given, for each new token.', {
    ...CHUNK,
    inputs: { ...CHUNK.inputs, ...TABLES, positionIds: int64([3, 19, 0, 7, 7, 1], [2, 3]) },
    attributes: { doRotary: true },
  }),
  groupQueryCase('group-query-norm', 'The norm of Q and K comes before the rotary embedding.', {
    ...CHUNK,
    inputs: { ...CHUNK.inputs, ...TABLES, qNormWeight: [64], kNormWeight: [64] },
    attributes: { doRotary: true, qkNormEpsilon: 1e-5 },
  }),
  groupQueryCase(
    'group-query-softcap-bias',
    'Softcap comes before the attention bias, which is (B or 1, N or 1, S, T).',
    {
      ...CHUNK,
      inputs: { ...CHUNK.inputs, attentionBias: [1, 4, 3, 10] },
      attributes: { softcap: 3, scale: 0.4 },
    },
  ),
  groupQueryCase(
    'group-query-smooth-softmax',
    'With smooth softmax the denominator of each row has a logit of 0 besides.',
    { ...CHUNK, attributes: { smoothSoftmax: 1 } },
  ),
  groupQueryCase('group-query-head-sink', 'With head sinks it has one of each head.', {
    ...DECODE,
    inputs: { ...DECODE.inputs, headSink: { shape: [4], values: [0.5, -1, 2, 0] } },
  }),
  groupQueryCase(
    'group-query-qk-scores',
    'The qk output 1 shows the scores before the softmax, and 0 for keys that a query does not see.',
    { ...CHUNK, attributes: { qkOutput: 1 }, requested: [...PRESENT, 'outputQk'] },
  ),
  groupQueryCase('group-query-qk-probabilities', 'The qk output 2 shows the weights.', {
    ...PADDED,
    attributes: { qkOutput: 2 },
    requested: [...PRESENT, 'outputQk'],
  }),
]
