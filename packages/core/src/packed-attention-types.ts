import type { Decision } from './dispatch/decision.js'
import type { Beside, OptionsWith } from './operator-method.js'
import type { Tensor } from './tensor/tensor.js'

/** How the tokens of a packed operator are sequences: what `removePadding()` returns. */
interface PackedTokens<I extends Tensor> {
  /**
   * int32 (B, S): the positions b·S + s of the real tokens, then those of the padding, each by
   * batch, then time.
   */
  readonly tokenOffset: I
  /** int32 (B + 1): where each sequence begins among the tokens, from 0 to K. */
  readonly cumulativeSequenceLength: I
}

/**
 * The inputs of `PackedMultiHeadAttention`, all on the host or all on one device. B sequences, S
 * their length with padding, K tokens without, N heads, H and Hv head dims, D = N·H, Dv = N·Hv. `T`
 * is the tensors of the element type that is computed in, `I` the others.
 */
export type PackedMultiHeadAttentionInputs<
  T extends Tensor = Tensor,
  I extends Tensor = Tensor,
> = PackedTokens<I> & {
  /** (K, D), or Q, K and V packed as (K, N, 3, H). */
  readonly query: T
  /** (K, D); absent when packed. */
  readonly key?: T | undefined
  /** (K, Dv); absent when packed. */
  readonly value?: T | undefined
  /** The bias of the projections of Q, K and V, one after the other: (2·D + Dv). */
  readonly bias?: T | undefined
  /** Added to the scores, not scaled: (B or 1, N or 1, S, S), by positions in the sequence. */
  readonly attentionBias?: T | undefined
}

/** The attributes of `PackedMultiHeadAttention`. */
export type PackedMultiHeadAttentionAttributes = {
  /** N. */
  readonly numHeads: number
  /** Not used: there is no mask. */
  readonly maskFilterValue?: number | undefined
  /** Multiplies the scores. 0, the default, means 1/√H. */
  readonly scale?: number | undefined
}

/**
 * The inputs of `PackedAttention`, all on the host or all on one device: as those of
 * {@link PackedMultiHeadAttentionInputs}, with Di the width of the input.
 */
export type PackedAttentionInputs<
  T extends Tensor = Tensor,
  I extends Tensor = Tensor,
> = PackedTokens<I> & {
  /** What is projected to Q, K and V: (K, Di). */
  readonly input: T
  /** Weights of the projections of Q, K and V, side by side: (Di, 2·D + Dv). */
  readonly weights: T
  /** The bias of the projections, one after the other: (2·D + Dv). */
  readonly bias: T
  /** Added to the scores, not scaled: (B or 1, N or 1, S, S), by positions in the sequence. */
  readonly attentionBias?: T | undefined
}

/** The attributes of `PackedAttention`. */
export type PackedAttentionAttributes = {
  /** N. */
  readonly numHeads: number
  /** D of Q, D of K, and Dv. Default: each a third of the columns of `weights`. */
  readonly qkvHiddenSizes?: readonly number[] | undefined
  /** Multiplies the scores. 0, the default, means 1/√H. */
  readonly scale?: number | undefined
}

/** Names of the outputs of the packed operators. */
export type PackedOutputs<T extends Tensor = Tensor> = {
  /** (K, Dv). */
  readonly output?: T | boolean | undefined
}

/** What the packed operators give, where the inputs are. */
export interface PackedResult<T extends Tensor = Tensor> {
  /** (K, Dv). */
  readonly output: T
  readonly decision: Decision
}

/**
 * The operator method: its result's tensors are of the type and place of `query`. `C`: call
 * options.
 */
export type PackedMultiHeadAttentionMethod<C> = <T extends Tensor>(
  inputs: PackedMultiHeadAttentionInputs<T, Beside<T>>,
  attributes: PackedMultiHeadAttentionAttributes,
  options?: OptionsWith<C, PackedOutputs<T>>,
) => Promise<PackedResult<T>>

/**
 * The operator method: its result's tensors are of the type and place of `input`. `C`: call
 * options.
 */
export type PackedAttentionMethod<C> = <T extends Tensor>(
  inputs: PackedAttentionInputs<T, Beside<T>>,
  attributes: PackedAttentionAttributes,
  options?: OptionsWith<C, PackedOutputs<T>>,
) => Promise<PackedResult<T>>
