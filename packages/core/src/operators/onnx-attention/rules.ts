import { ARGUMENT_RULES } from '../read-arguments.js'
import { SHARED_RULES } from '../shared-rules.js'

const { E9, E10, E13 } = SHARED_RULES

/**
 * What a call of ONNX's Attention must keep to: its specification and the checks of ONNX Runtime. `O` rules
 * are its own, `E` rules those of other operators too.
 */
export const ONNX_ATTENTION_RULES = {
  O1: 'q, k and v have the same rank, 3 or 4',
  O2: 'with rank 3, qNumHeads and kvNumHeads are given',
  O3: 'with rank 4, qNumHeads and kvNumHeads are the heads of q and k where they are given',
  O4: 'the widths of q, k and v of rank 3 are multiples of their heads',
  O5: 'the heads of q are a multiple of those of k',
  O6: 'q and k have one head dim',
  O7: 'k and v have one length and as many heads, and one batch with q',
  O8: 'pastKey and pastValue come together',
  O9: 'pastKey is (B, Nk, P, H) and pastValue (B, Nk, P, Hv)',
  O10: 'nonpadKvSeqlen is (B), and comes without a past',
  O11: 'nonpadKvSeqlen on the host holds numbers from 0 to T',
  O12: 'scale is above 0',
  O13: 'softcap is 0 or more',
  O14: 'softmaxPrecision is 1, 10, 11 or 16',
  O15: 'qkMatmulOutputMode is 0, 1, 2 or 3',
  O16: 'attnMask has rank 1 to 4, broadcasts to (B, Nq, S, T), and is not longer than T',
  O18: 'leftWindowSize and rightWindowSize are -1 or more',
  O19: 'attnMask is at least as long as each number of nonpadKvSeqlen on the host',
  O20: 'with a past, the present outputs are asked for',
  ...ARGUMENT_RULES,
  E9,
  E10,
  E13,
} as const

/** Checks of ONNX Runtime that are limits of its kernels and not of the operator. */
export const ONNX_ATTENTION_LIFTED = {
  O17: 'attnMask of floats may have another dtype than q',
  O21: 'present outputs need no past',
  O22: 'attnMask may have rank 1, be shorter than T, and have one row for all queries',
  O23: 'windows come with every form of mask and cache',
  O24: 'every qkMatmulOutputMode is written, together with any other output',
  O25: 'with isCausal, a single query behind a past does not see the keys behind its own',
  O26: 'v may have another dtype than q where present is not asked for',
} as const
