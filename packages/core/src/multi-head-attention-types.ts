import type { Decision } from './dispatch/decision.js'
import type { Beside, OptionsWith } from './operator-method.js'
import type { HostTensor, Tensor } from './tensor/tensor.js'

/**
 * The inputs of `MultiHeadAttention`, all on the host or all on one device. B batch, S queries, L new
 * keys, P past keys, T = P + L, M rows of a shared buffer, N heads, H and Hv head dims, D = N·H and
 * Dv = N·Hv. `T` is the tensors of the element type that is computed in, `I` the others.
 */
export type MultiHeadAttentionInputs<T extends Tensor = Tensor, I extends Tensor = Tensor> = {
  /** (B, S, D), or Q, K and V packed as (B, S, N, 3, H). */
  readonly query: T
  /** (B, L, D), or K and V packed as (B, L, N, 2, H), or (B, N, L, H) for cross-attention. */
  readonly key?: T | undefined
  /** (B, L, Dv) or (B, N, L, H); absent when packed. */
  readonly value?: T | undefined
  /** The bias of the projections of Q, K and V, one after the other: (2·D + Dv). */
  readonly bias?: T | undefined
  /**
   * Keys with a value above 0 are kept: (B, T) or (B, S, T). Or int32 lengths: (B), or (3·B + 2) of
   * which the first B are read.
   */
  readonly keyPaddingMask?: I | undefined
  /** Added to the scores, not scaled: (B or 1, N or 1, S, T). */
  readonly attentionBias?: T | undefined
  /** (B, N, P, H), or (B, N, M, H) when past and present share a buffer. */
  readonly pastKey?: T | undefined
  readonly pastValue?: T | undefined
  /** Valid rows of a shared buffer, known on the host before the call. Giving it makes the buffer shared. */
  readonly pastSequenceLength?: number | HostTensor | undefined
}

/** The attributes of `MultiHeadAttention`. */
export type MultiHeadAttentionAttributes = {
  /** N. */
  readonly numHeads: number
  /** Whether query i sees the keys up to P + i only. Default false. */
  readonly unidirectional?: boolean | number | undefined
  /** Score of masked keys: at most -1000 excludes them, above it is added. Default -10000. */
  readonly maskFilterValue?: number | undefined
  /** Multiplies the scores. 0, the default, means 1/√H. */
  readonly scale?: number | undefined
}

/** Names of the outputs of `MultiHeadAttention`. */
export type MultiHeadAttentionOutputs<T extends Tensor = Tensor> = {
  /** (B, S, Dv). */
  readonly output?: T | boolean | undefined
  /** All keys so far with their bias: (B, N, T, H), or the shared buffer (B, N, M, H). */
  readonly presentKey?: T | boolean | undefined
  readonly presentValue?: T | boolean | undefined
  /** The scores right before the softmax: (B, N, S, T). */
  readonly qk?: T | boolean | undefined
}

/** What `MultiHeadAttention` gives: the outputs asked for, where the inputs are. */
export interface MultiHeadAttentionResult<T extends Tensor = Tensor> {
  /** (B, S, Dv). */
  readonly output: T
  /** (B, N, T, H), or the shared buffer (B, N, M, H). */
  readonly presentKey?: T
  readonly presentValue?: T
  /** The scores right before the softmax: (B, N, S, T). */
  readonly qk?: T
  readonly decision: Decision
}

/** The operator method: its result's tensors are of the type and place of `query`. `C`: call options. */
export type MultiHeadAttentionMethod<C> = <T extends Tensor>(
  inputs: MultiHeadAttentionInputs<T, Beside<T>>,
  attributes: MultiHeadAttentionAttributes,
  options?: OptionsWith<C, MultiHeadAttentionOutputs<T>>,
) => Promise<MultiHeadAttentionResult<T>>
