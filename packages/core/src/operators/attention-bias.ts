import type { AttentionProblem } from '../problem/attention-problem.js'
import { biasView } from '../problem/define-problem.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { Arguments } from './read-arguments.js'
import { requireRank, requireSize } from './shape-rules.js'

interface Sizes extends Pick<AttentionProblem, 'batch' | 'numHeads' | 'seqlenQ'> {
  /** Null where a faulty past keeps it from being known. */
  readonly seqlenK: number | null
}

/** The input `attentionBias`, (B or 1, N or 1, S, T), by `rule`. `keys`: what T is in messages. */
export function readAttentionBias(
  args: Arguments,
  sizes: Sizes,
  rule: string,
  keys = 'T, past and new keys',
): AttentionProblem['attentionBias'] {
  const name = 'attentionBias'
  const bias = args.specs.get(name)
  if (bias === undefined || !requireRank(args, name, bias, [4], rule)) return null
  const [batches, heads] = bias.shape as [number, number, number, number]
  if (batches !== 1) requireSize(args, name, 0, sizes.batch, 'B, or 1', rule)
  if (heads !== 1) requireSize(args, name, 1, sizes.numHeads, 'N, or 1', rule)
  requireSize(args, name, 2, sizes.seqlenQ, 'S', rule)
  const { seqlenK } = sizes
  if (seqlenK === null) return null
  requireSize(args, name, 3, seqlenK, keys, rule)
  const view = biasView({ ...sizes, seqlenK }, { batch: batches === 1, heads: heads === 1 })
  return { dtype: bias.dtype as FloatDtype, view }
}
