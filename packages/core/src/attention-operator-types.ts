import type { Decision } from './dispatch/decision.js'
import type { Beside, OptionsWith } from './operator-method.js'
import type { HostTensor, Tensor } from './tensor/tensor.js'

/**
 * The inputs of the operator `Attention`, all on the host or all on one device. B batch, S tokens,
 * P past keys, T = P + S, M rows of a shared buffer or sizes of a mask, N heads, H and Hv head
 * dims, D = N·H, Dv = N·Hv, Di width of the input. `T` is the tensors of the element type that is
 * computed in, `I` the others.
 */
export type AttentionInputs<T extends Tensor = Tensor, I extends Tensor = Tensor> = {
  /** What is projected to Q, K and V: (B, S, Di). */
  readonly input: T
  /** Weights of the projections of Q, K and V, side by side: (Di, 2·D + Dv). */
  readonly weights: T
  /** The bias of the projections, one after the other: (2·D + Dv). */
  readonly bias?: T | undefined
  /**
   * Keys with a value above 0 are kept: (B, T), (B, S, T), or (B, 1, M, M), whose rows T - S on and
   * first T columns are read. Or int32: lengths (B), ends then starts (2·B), or (3·B + 2) of which
   * the first B are lengths. (1, 1) and (B, 1) are no mask.
   */
  readonly maskIndex?: I | undefined
  /** Keys, then values: (2, B, N, P, H), or (2, B, N, M, H) with `pastPresentShareBuffer`. */
  readonly past?: T | undefined
  /** Added to the scores, not scaled: (B or 1, N or 1, S, T). */
  readonly attentionBias?: T | undefined
  /** Valid rows of a shared buffer, known on the host before the call. */
  readonly pastSequenceLength?: number | HostTensor | undefined
}

/** The attributes of the operator `Attention`. */
export type AttentionAttributes = {
  /** N. */
  readonly numHeads: number
  /** Whether query i sees the keys up to P + i only. Default false. */
  readonly unidirectional?: boolean | number | undefined
  /** D of Q, D of K, and Dv. Default: each a third of the columns of `weights`. */
  readonly qkvHiddenSizes?: readonly number[] | undefined
  /** Whether past and present are a buffer of M rows, of which P are valid. Default false. */
  readonly pastPresentShareBuffer?: boolean | number | undefined
  /** Whether Q and K are rotated by their position, halves paired, base 10000. Default false. */
  readonly doRotary?: boolean | number | undefined
  /** How many elements of each head are rotated. 0, the default, means all. */
  readonly rotaryEmbeddingDim?: number | undefined
  /** Score of masked keys: at most -1000 excludes them, above it is added. Default -10000. */
  readonly maskFilterValue?: number | undefined
  /** Multiplies the scores. 0, the default, means 1/√H. */
  readonly scale?: number | undefined
}

/** Names of the outputs of the operator `Attention`. */
export type AttentionOutputs<T extends Tensor = Tensor> = {
  /** (B, S, Dv). */
  readonly output?: T | boolean | undefined
  /**
   * All keys so far, then all values, with their bias: (2, B, N, T, H), or the shared buffer (2, B,
   * N, M, H), which may be the very tensor that `past` is. Must be asked for when there is a past.
   */
  readonly present?: T | boolean | undefined
}

/** What the operator `Attention` gives: the outputs asked for, where the inputs are. */
export interface AttentionResult<T extends Tensor = Tensor> {
  /** (B, S, Dv). */
  readonly output: T
  /** (2, B, N, T, H), or the shared buffer (2, B, N, M, H). */
  readonly present?: T
  readonly decision: Decision
}

/**
 * The operator method: its result's tensors are of the type and place of `input`. `C`: call
 * options.
 */
export type AttentionMethod<C> = <T extends Tensor>(
  inputs: AttentionInputs<T, Beside<T>>,
  attributes: AttentionAttributes,
  options?: OptionsWith<C, AttentionOutputs<T>>,
) => Promise<AttentionResult<T>>
