import { PACKED_SEQUENCE_RULES } from '../packed-sequences.js'
import { SHARED_RULES } from '../shared-rules.js'

/**
 * What a call of PackedAttention must keep to. `PA` rules are ONNX Runtime's own checks, which have
 * no numbers of their own: these follow their order there. `E` rules are what it leaves unchecked.
 */
export const PACKED_ATTENTION_RULES = {
  PA1: 'input has rank 2',
  PA2: 'tokenOffset has rank 2',
  PA3: 'bias has rank 1',
  PA4: 'weights has rank 2',
  PA5: 'weights has a row for each element of the width of input',
  PA6: 'bias is as long as weights is wide',
  PA7: 'cumulativeSequenceLength is (B + 1)',
  PA8: 'qkvHiddenSizes are three; each hidden size, given or a third of the columns of weights, is a multiple of numHeads',
  PA9: 'the hidden sizes of Q and K are equal',
  PA10: 'weights and bias are as wide as the hidden sizes together',
  PA11: 'attentionBias is (B or 1, N or 1, S, S)',
  ...SHARED_RULES,
  ...PACKED_SEQUENCE_RULES,
} as const
