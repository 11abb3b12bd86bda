import { SHARED_RULES } from '../shared-rules.js'

/**
 * What a call of Attention must keep to. `A` rules are ONNX Runtime's own checks, numbered in their
 * order there. `E` rules are what it leaves unchecked.
 */
export const ATTENTION_RULES = {
  A2: 'input has rank 3',
  A3: 'bias has rank 1',
  A4: 'weights has rank 2',
  A5: 'weights has a row for each element of the width of input',
  A6: 'bias is as long as weights is wide',
  A7: 'qkvHiddenSizes are three',
  A8: 'each hidden size, given or a third of the columns of weights, is a multiple of numHeads',
  A9: 'the hidden sizes of Q and K are equal',
  A11: 'weights and bias are as wide as the hidden sizes together',
  A12: 'with a past or present, the hidden sizes of K and V are equal',
  A13: 'past has rank 5',
  A14: 'past holds keys and values: its first size is 2',
  A15: 'past has the batch of input',
  A16: 'past has numHeads heads',
  A17: 'past has the head dim of Q, K and V',
  A18: 'with pastPresentShareBuffer there are a past and a pastSequenceLength of one number',
  A19: 'a shared buffer has rows for the past and the new keys',
  A20: 'maskIndex is (B), (2·B), (3·B + 2), (B, T), (1 or B, 1), (B, S, T), or (B, 1, M, M) with M of at least T and without unidirectional',
  A21: 'attentionBias is (B or 1, N or 1, S, T)',
  A22: 'a mask (B, 1, M, M) beside a shared buffer has its rows as M',
  A24: 'with a past, the output present is asked for',
  ...SHARED_RULES,
  E14: 'with doRotary, H is even, and rotaryEmbeddingDim is 0 or an even number up to H',
  E15: 'without pastPresentShareBuffer, a pastSequenceLength is the length of the past',
} as const

/** Checks of ONNX Runtime that are limits of its kernels and not of the operator. */
export const ATTENTION_LIFTED = {
  A1: 'past and attentionBias may come together',
  A10: 'V may have a hidden size of its own',
  A20: 'a mask (B, 1, M, M) works on every device',
  A23: 'numHeads may be above 1024',
} as const
