import type { Dtype } from '../../src/tensor/dtype.js'

/** A call of an operator that is right, or nearly so: all inputs may not go together. */
export interface ValidCall {
  readonly inputs: Readonly<Record<string, readonly number[]>>
  /** Optional inputs that most calls have. */
  readonly usual?: readonly string[]
  /** Optional inputs that mostly come together. */
  readonly pairs?: readonly (readonly [string, string])[]
  /** Dtypes of inputs that are not float32. */
  readonly dtypes: Readonly<Record<string, Dtype>>
  /** Values of inputs that go together. */
  readonly values?: Readonly<Record<string, readonly number[]>>
  readonly attributes: Readonly<Record<string, number>>
  /** Attributes that calls have now and then. */
  readonly others?: Readonly<Record<string, readonly unknown[]>>
  /** Scalar inputs, and what they may be. */
  readonly scalars?: Readonly<Record<string, readonly number[]>>
}

const PACKED_DTYPES = { tokenOffset: 'int32', cumulativeSequenceLength: 'int32' } as const
const PACKED_VALUES = {
  tokenOffset: [0, 4, 5, 8, 9, 10, 11, 1, 2, 3, 6, 7],
  cumulativeSequenceLength: [0, 1, 3, 7],
}

/** By the names of OPERATORS. */
export const VALID_CALLS: Readonly<Record<string, ValidCall>> = {
  MultiHeadAttention: {
    inputs: {
      query: [2, 3, 32],
      key: [2, 5, 32],
      value: [2, 5, 24],
      bias: [88],
      keyPaddingMask: [2, 5],
      attentionBias: [1, 4, 3, 5],
      pastKey: [2, 4, 7, 8],
      pastValue: [2, 4, 7, 8],
      pastSequenceLength: [1],
      cacheIndirection: [2, 1, 7],
    },
    usual: ['key', 'value'],
    pairs: [['pastKey', 'pastValue']],
    dtypes: { keyPaddingMask: 'int32', pastSequenceLength: 'int32', cacheIndirection: 'int32' },
    attributes: { numHeads: 4 },
    others: { unidirectional: [true, 0] },
    scalars: { pastSequenceLength: [-1, 0, 1, 2, 3, 4, 7, 9] },
  },
  Attention: {
    inputs: {
      input: [2, 3, 5],
      weights: [5, 96],
      bias: [96],
      maskIndex: [2, 10],
      past: [2, 2, 4, 7, 8],
      attentionBias: [2, 1, 3, 10],
      pastSequenceLength: [1],
    },
    dtypes: { maskIndex: 'int32', pastSequenceLength: 'int32' },
    attributes: { numHeads: 4 },
    others: {
      unidirectional: [1],
      qkvHiddenSizes: [
        [32, 32, 32],
        [32, 32, 24],
        [32, 16, 48],
        [0, 0, 96],
      ],
      pastPresentShareBuffer: [1, 0],
      doRotary: [true],
      rotaryEmbeddingDim: [2, 8, 32],
    },
    scalars: { pastSequenceLength: [-1, 0, 1, 2, 3, 4, 7, 9] },
  },
  PackedMultiHeadAttention: {
    inputs: {
      query: [7, 32],
      key: [7, 32],
      value: [7, 24],
      bias: [88],
      tokenOffset: [3, 4],
      cumulativeSequenceLength: [4],
      attentionBias: [1, 4, 4, 4],
    },
    usual: ['key', 'value'],
    dtypes: PACKED_DTYPES,
    values: PACKED_VALUES,
    attributes: { numHeads: 4 },
  },
  PackedAttention: {
    inputs: {
      input: [7, 5],
      weights: [5, 96],
      bias: [96],
      tokenOffset: [3, 4],
      cumulativeSequenceLength: [4],
      attentionBias: [3, 1, 4, 4],
    },
    dtypes: PACKED_DTYPES,
    values: PACKED_VALUES,
    attributes: { numHeads: 4 },
    others: {
      qkvHiddenSizes: [
        [32, 32, 32],
        [32, 32, 24],
      ],
    },
  },
  GroupQueryAttention: {
    inputs: {
      query: [2, 3, 32],
      key: [2, 3, 16],
      value: [2, 3, 16],
      pastKey: [2, 2, 7, 8],
      pastValue: [2, 2, 7, 8],
      seqlensK: [2],
      totalSequenceLength: [1],
      cosCache: [12, 4],
      sinCache: [12, 4],
      positionIds: [2, 3],
      attentionBias: [2, 1, 3, 3],
      headSink: [4],
    },
    usual: ['key', 'value'],
    pairs: [
      ['pastKey', 'pastValue'],
      ['cosCache', 'sinCache'],
    ],
    dtypes: { seqlensK: 'int32', totalSequenceLength: 'int32', positionIds: 'int64' },
    attributes: { numHeads: 4, kvNumHeads: 2 },
    others: {
      doRotary: [1],
      localWindowSize: [2, 0],
      softcap: [3],
      smoothSoftmax: [1],
      qkOutput: [1],
    },
    scalars: { totalSequenceLength: [3, 3, 3, 5, 10, 12, 0, -1] },
  },
  'ai.onnx::Attention': {
    inputs: {
      q: [2, 4, 3, 8],
      k: [2, 2, 5, 8],
      v: [2, 2, 5, 6],
      attnMask: [3, 5],
      pastKey: [2, 2, 7, 8],
      pastValue: [2, 2, 7, 6],
      nonpadKvSeqlen: [2],
    },
    pairs: [['pastKey', 'pastValue']],
    dtypes: { nonpadKvSeqlen: 'int64' },
    attributes: {},
    others: {
      isCausal: [1],
      qNumHeads: [4],
      kvNumHeads: [2],
      softcap: [2],
      qkMatmulOutputMode: [1, 2, 3, 4],
    },
  },
}
