import type { Decision } from './dispatch/decision.js'
import type { Beside, OptionsWith } from './operator-method.js'
import type { Tensor } from './tensor/tensor.js'

/**
 * The inputs of ONNX's `Attention`, all on the host or all on one device. B batch, S queries, L new keys, P past
 * keys, T = P + L, Nq and Nk heads of Q and of K and V, H and Hv head dims. `T` is the tensors of the
 * element type that is computed in, `I` the others.
 */
export type OnnxAttentionInputs<T extends Tensor = Tensor, I extends Tensor = Tensor> = {
  /** ONNX's Q: (B, Nq, S, H), or (B, S, Nq·H). */
  readonly q: T
  /** ONNX's K: (B, Nk, L, H), or (B, L, Nk·H). With `nonpadKvSeqlen` the whole cache. */
  readonly k: T
  /** ONNX's V: (B, Nk, L, Hv), or (B, L, Nk·Hv). */
  readonly v: T
  /**
   * bool: the keys that each query sees. Else added to the scores, not scaled; -Infinity hides a key. (T), (S, T), (Nq, S, T)
   * or (B, Nq, S, T), where each size but the last may be 1, and keys behind a shorter last one are hidden.
   */
  readonly attnMask?: T | I | undefined
  /** (B, Nk, P, H). */
  readonly pastKey?: T | undefined
  /** (B, Nk, P, Hv). */
  readonly pastValue?: T | undefined
  /** int64 (B): how many keys of a cache outside of the operator are valid, from 0 to T. Not with a past. */
  readonly nonpadKvSeqlen?: I | undefined
}

/** The attributes of ONNX's `Attention`. */
export type OnnxAttentionAttributes = {
  /**
   * Whether query i sees the keys up to i + offset only. The offset is P with a past, `nonpadKvSeqlen` - S with that,
   * else 0. Default false.
   */
  readonly isCausal?: boolean | number | undefined
  /** Multiplies the scores; above 0. Default 1/√H. */
  readonly scale?: number | undefined
  /** Scores become softcap · tanh(score / softcap) before the mask. Default 0: off. */
  readonly softcap?: number | undefined
  /** Nq. Required where q, k and v have rank 3. */
  readonly qNumHeads?: number | undefined
  /** Nk. Required where q, k and v have rank 3. */
  readonly kvNumHeads?: number | undefined
  /** The softmax's least precision: 1 float32, 10 float16, 11 float64, 16 bfloat16. */
  readonly softmaxPrecision?: 1 | 10 | 11 | 16 | undefined
  /** What `qkMatmulOutput` shows: 0 scores, 1 after softcap, 2 after mask, causal and window too, 3 probabilities. */
  readonly qkMatmulOutputMode?: 0 | 1 | 2 | 3 | undefined
  /** How many keys before its position i + offset query i sees. Default -1: all. */
  readonly leftWindowSize?: number | undefined
  /** How many keys behind its position i + offset query i sees. Default -1: all. */
  readonly rightWindowSize?: number | undefined
}

/** Names of the outputs of ONNX's `Attention`. */
export type OnnxAttentionOutputs<T extends Tensor = Tensor> = {
  /** ONNX's Y, in the form of `q`: (B, Nq, S, Hv) or (B, S, Nq·Hv). */
  readonly output?: T | boolean | undefined
  /** All keys so far: (B, Nk, T, H). */
  readonly presentKey?: T | boolean | undefined
  /** All values so far: (B, Nk, T, Hv). */
  readonly presentValue?: T | boolean | undefined
  /** (B, Nq, S, T), by `qkMatmulOutputMode`. */
  readonly qkMatmulOutput?: T | boolean | undefined
}

/** What ONNX's `Attention` gives: the outputs asked for, where the inputs are. */
export interface OnnxAttentionResult<T extends Tensor = Tensor> {
  /** In the form of `q`: (B, Nq, S, Hv) or (B, S, Nq·Hv). */
  readonly output: T
  /** (B, Nk, T, H). */
  readonly presentKey?: T
  /** (B, Nk, T, Hv). */
  readonly presentValue?: T
  /** (B, Nq, S, T). */
  readonly qkMatmulOutput?: T
  readonly decision: Decision
}

/** The operator method: its result's tensors are of the type and place of `q`. `C`: call options. */
export type OnnxAttentionMethod<C> = <T extends Tensor>(
  inputs: OnnxAttentionInputs<T, Beside<T>>,
  attributes?: OnnxAttentionAttributes,
  options?: OptionsWith<C, OnnxAttentionOutputs<T>>,
) => Promise<OnnxAttentionResult<T>>
