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
 * Attention, normalised: what every operator lowers to and all that a backend ever sees. Plain data;
 * the tensors travel beside it as {@link AttentionTensors}.
 *
 * For query i and key j of one (batch, head), with key head `head / (numHeads / numHeadsKv)`:
 * `softmax(mask(bias + softcap((q_i + bias_q) · (k_j + bias_k) × softmaxScale))) · (v_j + bias_v)`.
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
  readonly mask: MaskSpec | null
  /**
   * A row none of whose keys (among those that causal and window allow) the mask keeps:
   * `ignore-mask` computes it as if there were no mask, `zero` gives zeros.
   */
  readonly emptyRows: 'ignore-mask' | 'zero'
  /** Added to the scores after softcap; not scaled. */
  readonly attentionBias: { readonly dtype: FloatDtype; readonly view: ScoreView } | null
  /** A vector (2·numHeads·headDim + numHeads·headDimV) in the order Q, K, V; which parts are used. */
  readonly projectionBias: { readonly q: boolean; readonly k: boolean; readonly v: boolean } | null
  /**
   * Keys and values of earlier calls, (batch, numHeadsKv, rows, headDim or headDimV), that come before
   * the new ones. `seqlen` of them are valid. `bufferLength` is the number of rows of past and present
   * when both are one buffer longer than the keys; null when past has `seqlen` rows and present
   * `seqlenK`.
   */
  readonly past: { readonly seqlen: number; readonly bufferLength: number | null } | null
  /** Whether the keys and values (past, then new with their bias) are written to `present*`. */
  readonly present: boolean
  /** Sequences of different lengths without padding, bounded by `cuSeqlensQ` and `cuSeqlensK`. */
  readonly varlen: boolean
  readonly sink: SinkKind
  readonly qkOutput: QkOutput
  /**
   * What the `qk` output `biased` shows for keys that causal or window hide. `zero` holds for `scaled` and
   * `softcapped` too; with the others those show the score. `probabilities` shows 0.
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
