import type { Decision } from './dispatch/decision.js'
import type { Beside, OptionsWith } from './operator-method.js'
import type { HostTensor, Tensor } from './tensor/tensor.js'

/**
 * The inputs of `GroupQueryAttention`, all on the host or all on one device. B batch, S queries, L new keys, P rows of
 * the past, T keys of the longest batch entry, N and Nk heads of Q and of K and V, H head dim. `T` is the
 * tensors of the element type that is computed in, `I` the others.
 */
export type GroupQueryAttentionInputs<T extends Tensor = Tensor, I extends Tensor = Tensor> = {
  /** (B, S, N·H), or Q, K and V packed as (B, S, (N + 2·Nk)·H). */
  readonly query: T
  /** (B, L, Nk·H), L being S, or 0 where the past holds all keys; absent when packed. */
  readonly key?: T | undefined
  /** (B, L, Nk·H); absent when packed. */
  readonly value?: T | undefined
  /**
   * (B, Nk, P, H): keys of earlier calls, of which each batch entry has as many as `seqlensK` says less the new ones.
   * A buffer of all keys to come may be `presentKey` too.
   */
  readonly pastKey?: T | undefined
  /** (B, Nk, P, H). */
  readonly pastValue?: T | undefined
  /** int32 (B): past and new keys of each batch entry, less one. Below S where the new tokens are padded. */
  readonly seqlensK: I
  /** T, known on the host before the call. T equals S in a prompt, where nothing of the past is used. */
  readonly totalSequenceLength: number | HostTensor
  /** (at least T, R/2): cosines by position, for the first R elements of each head. */
  readonly cosCache?: T | undefined
  /** (at least T, R/2): sines by position. */
  readonly sinCache?: T | undefined
  /** int64 (B, S): positions of the new tokens. Default: behind the past, one after the other. */
  readonly positionIds?: I | undefined
  /** Added to the scores, not scaled: (B or 1, N or 1, S, T). */
  readonly attentionBias?: T | undefined
  /** (N): a logit of each head that joins the denominator of its rows. */
  readonly headSink?: T | undefined
  /** (H): weights of the norm of each head of Q. Comes with `kNormWeight`. */
  readonly qNormWeight?: T | undefined
  /** (H): weights of the norm of each head of K. */
  readonly kNormWeight?: T | undefined
}

/** The attributes of `GroupQueryAttention`. */
export type GroupQueryAttentionAttributes = {
  /** N. */
  readonly numHeads: number
  /** Nk, a divisor of N. */
  readonly kvNumHeads: number
  /** Multiplies the scores. 0, the default, means 1/√H. */
  readonly scale?: number | undefined
  /** Scores become softcap · tanh(score / softcap) before the bias. Default 0: off. */
  readonly softcap?: number | undefined
  /** Whether a query sees the keys up to its own position only. Default true. */
  readonly causal?: boolean | number | undefined
  /** How many keys a query sees, its own included. Default -1: all. */
  readonly localWindowSize?: number | undefined
  /** Whether Q and the new K are rotated by `cosCache` and `sinCache`. Default false. */
  readonly doRotary?: boolean | number | undefined
  /** Whether neighbours are rotated, and not halves. Default false. */
  readonly rotaryInterleaved?: boolean | number | undefined
  /** With 1, a logit of 0 joins the denominator of each row. Default -1: off. */
  readonly smoothSoftmax?: -1 | 0 | 1 | undefined
  /** What `outputQk` shows: 1 the scores before the softmax, 2 the probabilities. Default 0: it is not written. */
  readonly qkOutput?: 0 | 1 | 2 | undefined
  /** Added to the mean of squares in the norm of Q and K. Default 1e-6. */
  readonly qkNormEpsilon?: number | undefined
}

/** Names of the outputs of `GroupQueryAttention`. */
export type GroupQueryAttentionOutputs<T extends Tensor = Tensor> = {
  /** (B, S, N·H). */
  readonly output?: T | boolean | undefined
  /** All keys so far, normed and rotated: (B, Nk, max(T, P), H). May be the very tensor that `pastKey` is. */
  readonly presentKey?: T | boolean | undefined
  /** All values so far: (B, Nk, max(T, P), H). */
  readonly presentValue?: T | boolean | undefined
  /** (B, N, S, T), 0 where a key is hidden. Asked for exactly when `qkOutput` is not 0. */
  readonly outputQk?: T | boolean | undefined
}

/** What `GroupQueryAttention` gives: the outputs asked for, where the inputs are. */
export interface GroupQueryAttentionResult<T extends Tensor = Tensor> {
  /** (B, S, N·H). */
  readonly output: T
  /** (B, Nk, max(T, P), H). */
  readonly presentKey?: T
  readonly presentValue?: T
  /** (B, N, S, T). */
  readonly outputQk?: T
  readonly decision: Decision
}

/** The operator method: its result's tensors are of the type and place of `query`. `C`: call options. */
export type GroupQueryAttentionMethod<C> = <T extends Tensor>(
  inputs: GroupQueryAttentionInputs<T, Beside<T>>,
  attributes: GroupQueryAttentionAttributes,
  options?: OptionsWith<C, GroupQueryAttentionOutputs<T>>,
) => Promise<GroupQueryAttentionResult<T>>
