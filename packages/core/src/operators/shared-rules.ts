import { ARGUMENT_RULES } from './read-arguments.js'

/**
 * Rules that several operators have, with the same id in each: what ONNX Runtime leaves unchecked.
 */
export const SHARED_RULES = {
  ...ARGUMENT_RULES,
  E9: 'there is at least one head, and head dims are at least 1',
  E10: 'all inputs that are computed in have one dtype; masks of lengths are int32',
  E12: 'lengths on the host are 0 or more, cumulative lengths begin at 0 and do not decrease',
  E13: 'everything that is read and written can be counted exactly',
} as const
