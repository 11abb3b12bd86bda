import { ARGUMENT_RULES } from '../read-arguments.js'
import { SHARED_RULES } from '../shared-rules.js'

const { E9, E10, E13 } = SHARED_RULES

/**
 * What a call of GroupQueryAttention must keep to. `G` rules are ONNX Runtime's own checks, numbered in their
 * order there; `E` rules are what it leaves unchecked.
 */
export const GROUP_QUERY_ATTENTION_RULES = {
  G1: 'numHeads is a multiple of kvNumHeads',
  G2: 'query has rank 3',
  G4: 'key and value come together, or neither when Q, K and V are packed',
  G5: 'key and value are (B, L, Nk·H), L being S, or 0 where a past holds all keys',
  G6: 'key has kvNumHeads heads of the head dim of query',
  G7: 'pastKey and pastValue come together, (B, Nk, P, H) both',
  G8: 'seqlensK has B numbers; on the host they are at least 0 and below the rows of present',
  G9: 'totalSequenceLength is one number, at least S',
  G10: 'cosCache and sinCache come together, with at least T rows and one width of at most H/2',
  G13: 'with doRotary, cosCache and sinCache are given',
  G14: 'positionIds is (B, S)',
  G15: 'attentionBias is (B or 1, N or 1, S, T)',
  G16: 'headSink is (N)',
  G17: 'qkOutput is 0, 1 or 2, and outputQk is asked for where it is not 0, and only there',
  G19: 'the kinds of quantisation are NONE, PER_TENSOR or PER_CHANNEL, with scales but for NONE',
  G21: 'presentKey and presentValue share the buffers of the past, both or neither',
  G22: 'localWindowSize is -1 or more, -1 or 0 without causal, and above 0 with slidingWindowCache',
  ...ARGUMENT_RULES,
  E6: 'the width of query is a multiple of its heads: numHeads, and twice kvNumHeads when packed',
  E9,
  E10,
  E13,
  E14: 'qNormWeight and kNormWeight come together, (H) each',
  E15: 'softcap and qkNormEpsilon are finite and 0 or more, smoothSoftmax is -1, 0 or 1',
  E16: 'a past has a row for each key that is not new, and without one all keys are new',
  E17: 'positionIds on the host are rows of cosCache and sinCache',
  E18: 'seqlensK on the host stays below totalSequenceLength, and reaches S where no keys are new',
} as const

/** Checks of ONNX Runtime that are limits of its kernels and not of the operator. */
export const GROUP_QUERY_ATTENTION_LIFTED = {
  G3: 'head dims need not be multiples of 8',
  G10: 'head dims and rotated widths need not be multiples of 16',
  G11: 'several new tokens of several sequences may follow a past',
  G12: 'several new tokens may follow a past',
  G14: 'positionIds of a prompt are read one by one, and not the first alone',
  G17: 'outputQk is written on every device',
  G18: 'the norm of Q and K works on every device',
  G20: 'attentionBias may come with headSink or smoothSoftmax',
  G22: "a window counts back from each query, in a prompt's padding too",
} as const
