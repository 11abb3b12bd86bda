import type { FloatDtype, IndexDtype } from '../tensor/dtype.js'
import type { Format, Layout } from './layout.js'
import type { HeadView, ScoreView } from './views.js'

export const MASK_KINDS = ['none', 'lengths', 'start-end', '2d', '3d', '4d'] as const
/**
 * Which keys a mask hides: `lengths` keeps keys j < end[b], `start-end` keeps start[b] ≤ j < end[b],
 * the others hold a value for each (batch, key), (batch, query, key) or (batch, head, query, key) and
 * keep keys whose value is above 0.
 */
export type MaskKind = (typeof MASK_KINDS)[number]

export interface MaskSpec {
  readonly kind: Exclude<MaskKind, 'none'>
  readonly dtype: IndexDtype
  /** For `2d`, `3d` and `4d`. */
  readonly view?: ScoreView
  /**
   * At most -1000, -Infinity included: hidden keys are excluded, and the value shows only in the `qk`
   * output. Above: it is added to the scores of hidden keys.
   */
  readonly filterValue: number
}

/** Masks at or below this exclude; masks above it add. */
export const EXCLUSION_THRESHOLD = -1000

export const QK_OUTPUTS = ['none', 'scaled', 'softcapped', 'biased', 'probabilities'] as const
/**
 * Which scores the `qk` output shows: after the scale, after softcap, after bias, mask and causal
 * too, or after the softmax.
 */
export type QkOutput = (typeof QK_OUTPUTS)[number]

export const SINK_KINDS = ['none', 'zero', 'per-head'] as const
/** An extra logit in each row's denominator: none, 0 (smooth softmax), or one value per head. */
export type SinkKind = (typeof SINK_KINDS)[number]

/**
 * Rotary position embedding: elements 2c and 2c + 1 of a head when `interleaved`, else c and c + dim / 2, are
 * rotated by an angle that grows with the position. Query i of batch b is at position
 * `past + newKeys - seqlenQ + i`, new key r at `past + r`, with the past of b (and its own numbers of queries
 * and keys when varlen).
 */
export interface RotarySpec {
  /** How many elements of each head are rotated, from the first on; even. */
  readonly dim: number
  readonly interleaved: boolean
  /**
   * Pair c turns by position / base^(2c / dim). Null: cosines and sines are given, `rotaryCos` and
   * `rotarySin`, (tableRows, dim / 2) each.
   */
  readonly base: number | null
  /** Rows of the tables, at least `seqlenK` where no positions are given; 0 without. Others are clamped. */
  readonly tableRows: number
  /**
   * Whether the positions of the new tokens are given, int32 (batch, seqlenQ), as `positions`: those of the
   * queries, and of the new keys, of which there are as many, or none.
   */
  readonly positions: boolean
}

/**
 * Keys and values of earlier calls, (batch, numHeadsKv, rows, headDim or headDimV), that come before
 * the new ones.
 */
export interface PastSpec {
  /** How many rows are valid; the most of any batch entry when `perBatch`. */
  readonly seqlen: number
  /**
   * Whether each batch entry has as many as int32[batch] `pastSeqlens` says: its new keys follow them at
   * once, and it has no keys behind those.
   */
  readonly perBatch: boolean
  /**
   * Rows of the past when they are not `seqlen`, as in a buffer that grows in place. Present then has as
   * many, or `seqlenK` where that is more; without, it has `seqlenK`.
   */
  readonly bufferLength: number | null
}

export const SOFTMAX_PRECISIONS = ['float32', 'float64'] as const
/** The least precision of the softmax. */
export type SoftmaxPrecision = (typeof SOFTMAX_PRECISIONS)[number]

/**
 * Attention, normalised: what every operator lowers to and all that a backend ever sees. Plain data;
 * the tensors travel beside it as {@link AttentionTensors}.
 *
 * For query i and key j of one (batch, head), with key head `head / (numHeads / numHeadsKv)`:
 * `softmax(mask(bias + softcap((q_i + bias_q) · (k_j + bias_k) × softmaxScale))) · (v_j + bias_v)`, with the norm
 * and the rotary embedding, if any, on q_i + bias_q and k_j + bias_k.
 */
export interface AttentionProblem {
  /** The operator this came from, for reports. */
  readonly operator: string
  readonly dtype: FloatDtype
  readonly layout: Layout
  readonly format: Format
  readonly batch: number
  /** Queries of a sequence; the longest sequence's when varlen. */
  readonly seqlenQ: number
  /** Keys of a sequence, past and new together; the longest sequence's when varlen. */
  readonly seqlenK: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  readonly headDimV: number
  /** Multiplies the scores; already resolved, so never 0 as a stand-in for the default. */
  readonly softmaxScale: number
  /** Scores become softcap · tanh(score / softcap); 0 is off. */
  readonly softcap: number
  /** Key j is visible to query i only if j ≤ i + causalOffset. */
  readonly causal: boolean
  /**
   * Shifts the diagonal of `causal` and of the windows. `per-batch`: int32[batch] in
   * {@link AttentionTensors.causalOffset}.
   */
  readonly causalOffset: number | 'per-batch'
  /** Key j is visible only if j ≥ i + causalOffset - windowLeft; -1 is off. */
  readonly windowLeft: number
  /** Key j is visible only if j ≤ i + causalOffset + windowRight; -1 is off; not with `causal`. */
  readonly windowRight: number
  /**
   * How many keys a sequence has: those behind are hidden as causal hides them, before any mask is looked
   * at. Null: all of `seqlenK`; `per-batch`: int32[batch] in {@link AttentionTensors.keyLengths}.
   */
  readonly keyLengths: number | 'per-batch' | null
  readonly mask: MaskSpec | null
  /**
   * A row none of whose keys (among those that key lengths, causal and window allow) the mask keeps:
   * `ignore-mask` computes it as if there were no mask, `zero` gives zeros. With `zero` an attention bias of its
   * dtype's lowest finite number hides a key too, as -Infinity always does.
   */
  readonly emptyRows: 'ignore-mask' | 'zero'
  /** Added to the scores after softcap; not scaled. */
  readonly attentionBias: { readonly dtype: FloatDtype; readonly view: ScoreView } | null
  /** A vector (2·numHeads·headDim + numHeads·headDimV) in the order Q, K, V; which parts are used. */
  readonly projectionBias: { readonly q: boolean; readonly k: boolean; readonly v: boolean } | null
  /** Root mean square norm of each head of Q and of the new K, with weights, after the projection bias. */
  readonly qkNorm: { readonly epsilon: number } | null
  /** Rotary embedding of Q and of the new K, after their norm. */
  readonly rotary: RotarySpec | null
  readonly past: PastSpec | null
  /**
   * Whether a cache holds keys and values in one tensor (2, batch, numHeadsKv, rows, headDim), so that
   * `pastKey` and `pastValue` are one tensor, and `presentKey` and `presentValue` are.
   */
  readonly cacheStacked: boolean
  /** Whether the keys and values (past, then new with their bias) are written to `present*`. */
  readonly present: boolean
  /** Sequences of different lengths without padding, bounded by `cuSeqlensQ` and `cuSeqlensK`. */
  readonly varlen: boolean
  readonly sink: SinkKind
  readonly softmaxPrecision: SoftmaxPrecision
  readonly qkOutput: QkOutput
  /**
   * What the `qk` output `biased` shows for keys that key lengths, causal or window hide. `zero` holds for `scaled` and
   * `softcapped` too; with the others those show the score. `probabilities` shows 0. Keys behind a past that is
   * shorter than the longest do not exist, and are shown like that at every stage.
   */
  readonly qkHidden: 'lowest' | '-inf' | 'zero'
  /**
   * Whether `softmaxLse` is written: natural logarithm of the row sums, a sink included; -inf for rows
   * that see no key, with a sink too.
   */
  readonly softmaxLse: boolean
  /** New keys only, when there is a past: `seqlenK - past.seqlen` rows. */
  readonly q: HeadView
  readonly k: HeadView
  readonly v: HeadView
  readonly output: HeadView
}
