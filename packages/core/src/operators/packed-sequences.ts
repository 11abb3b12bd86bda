import type { Fault } from '../errors/attention-error.js'
import { FaultList } from '../errors/fault-list.js'
import { hostInt32, startFaults } from '../problem/index-faults.js'
import type { Inputs, LoweredCall } from './operator.js'
import type { Arguments } from './read-arguments.js'
import { requireRank, requireSize } from './shape-rules.js'

const OFFSETS = 'tokenOffset'
const STARTS = 'cumulativeSequenceLength'

/**
 * The rules about both, with the same ids in each packed operator: what ONNX Runtime leaves
 * unchecked.
 */
export const PACKED_SEQUENCE_RULES = {
  E12: 'cumulativeSequenceLength on the host begins at 0, does not decrease, has no length above S, and ends at K',
  E16: 'there are at most B·S tokens',
  E17: 'tokenOffset on the host is the order of the tokens: real ones first, each by batch, then time',
} as const

/** The sizes of sequences without padding. */
export interface PackedSequences {
  readonly batch: number
  /** S, the length with padding. */
  readonly seqlen: number
}

/**
 * Reads `tokenOffset`, (B, S), and `cumulativeSequenceLength`, (B + 1), beside the tokens that the
 * input `tokens` has; null when faults keep the sizes from being known.
 */
export function readPackedSequences(
  args: Arguments,
  rules: { readonly offsetsRank: string; readonly starts: string },
  tokens: string,
): PackedSequences | null {
  const { specs, list } = args
  const starts = specs.get(STARTS)
  const isVector = starts && requireRank(args, STARTS, starts, [1], rules.starts)
  const offsets = specs.get(OFFSETS)
  if (!offsets || !requireRank(args, OFFSETS, offsets, [2], rules.offsetsRank)) return null
  const [batch, seqlen] = offsets.shape as [number, number]
  if (isVector) requireSize(args, STARTS, 0, batch + 1, 'B + 1', rules.starts)
  const count = specs.get(tokens)?.shape[0] ?? 0
  const required = `at most ${batch * seqlen}, B · S of ${OFFSETS}`
  list.require(count <= batch * seqlen, `${tokens}.shape[0]`, count, required, 'E16')
  return { batch, seqlen }
}

/**
 * Faults in the values of both that are on the host, in one pass: E12 for lengths that do not begin
 * at 0, decrease, are above S or do not add up to the tokens there are, E17 for the first token
 * that is not where it belongs: the positions of the real tokens come first, then those of the
 * padding, each by batch, then time.
 */
export function packedValueFaults(
  inputs: Inputs,
  { problem, outputs }: LoweredCall,
): readonly Fault[] {
  const list = new FaultList()
  const { batch, seqlenQ } = problem
  const starts = hostInt32(inputs[STARTS])
  if (starts === undefined) return list.faults
  startFaults(STARTS, starts, [0, batch + 1], seqlenQ, list, 'E12')
  const tokens = outputs[0]?.shape[0]
  const path = `${STARTS}[${batch}]`
  list.require(starts[batch] === tokens, path, starts[batch], `${tokens}, the tokens given`, 'E12')
  const offsets = hostInt32(inputs[OFFSETS])
  if (offsets === undefined || !list.empty) return list.faults
  const wrong = firstMisplaced(offsets, starts, seqlenQ)
  if (wrong !== null) {
    const { at, expected } = wrong
    list.require(false, `${OFFSETS}[${at}]`, offsets[at], `${expected}`, 'E17')
  }
  return list.faults
}

/** The first entry of `offsets` that is not the position of the token it stands for. */
function firstMisplaced(
  offsets: Int32Array,
  starts: Int32Array,
  seqlen: number,
): { readonly at: number; readonly expected: number } | null {
  const batch = starts.length - 1
  let at = 0
  for (let b = 0; b < batch; b++) {
    const end = b * seqlen + starts[b + 1]! - starts[b]!
    for (let expected = b * seqlen; expected < end; expected++, at++) {
      if (offsets[at] !== expected) return { at, expected }
    }
  }
  for (let b = 0; b < batch; b++) {
    const begin = b * seqlen + starts[b + 1]! - starts[b]!
    for (let expected = begin; expected < (b + 1) * seqlen; expected++, at++) {
      if (offsets[at] !== expected) return { at, expected }
    }
  }
  return null
}
