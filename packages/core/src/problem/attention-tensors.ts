import type { Tensor } from '../tensor/tensor.js'

/**
 * The tensors of one call, all on the host or all on one device. Which of them are present is said by
 * the problem, and so is where their elements lie; packed inputs appear as the same tensor in several
 * roles.
 */
export interface AttentionTensors<T extends Tensor = Tensor> {
  readonly q: T
  /** New keys; absent when there are none (seqlenK equals past.seqlen). */
  readonly k: T
  readonly v: T
  readonly output: T
  /** (2·numHeads·headDim + numHeads·headDimV), dtype of the problem. */
  readonly projectionBias?: T
  /** `lengths`: int32[batch]; `start-end`: int32[2·batch], ends first; else by the mask's view. */
  readonly mask?: T
  readonly attentionBias?: T
  /** int32[batch]. */
  readonly causalOffset?: T
  /** int32[batch]. */
  readonly keyLengths?: T
  /** int32[batch]. */
  readonly pastSeqlens?: T
  /** (headDim) each, dtype of the problem. */
  readonly qNorm?: T
  readonly kNorm?: T
  /** (table rows, rotary dim / 2) each, dtype of the problem. */
  readonly rotaryCos?: T
  readonly rotarySin?: T
  /** int32 (batch, seqlenQ). */
  readonly positions?: T
  /** int32[batch + 1], the first 0, non-decreasing. */
  readonly cuSeqlensQ?: T
  readonly cuSeqlensK?: T
  /** (batch, numHeadsKv, past rows, headDim); may be the very tensor that `presentKey` is. */
  readonly pastKey?: T
  readonly pastValue?: T
  readonly presentKey?: T
  readonly presentValue?: T
  /** float32[numHeads]. */
  readonly sink?: T
  /** (batch, numHeads, seqlenQ, seqlenK), dtype of the problem. */
  readonly qk?: T
  /** float32 (batch, numHeads, seqlenQ); (numHeads, total queries) when varlen. */
  readonly softmaxLse?: T
}

export type TensorRole = keyof AttentionTensors
