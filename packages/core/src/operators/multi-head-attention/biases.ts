import type { AttentionProblem } from '../../problem/attention-problem.js'
import { biasView } from '../../problem/define-problem.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import type { Arguments } from '../read-arguments.js'
import type { Form } from './forms.js'
import { requireRank, requireSize } from './shape-rules.js'

/** The bias of the projections by M9 and M10: which of its parts are added. */
export function readProjectionBias(
  args: Arguments,
  form: Form,
): AttentionProblem['projectionBias'] {
  const { specs, list, given } = args
  if (given.has('bias') && form.layout === 'bsn2h') {
    list.add('bias', 'a bias with packed K and V', 'none', 'M9')
  }
  const bias = specs.get('bias')
  if (bias === undefined || !requireRank(args, 'bias', bias, [1], 'M10')) return null
  const width = form.numHeads * (2 * form.headDim + form.headDimV)
  requireSize(args, 'bias', 0, width, '2·D + Dv', 'M10')
  return { q: true, k: !form.headsFirst, v: !form.headsFirst }
}

/** The attention bias by M12. */
export function readAttentionBias(
  args: Arguments,
  { batch, numHeads, seqlenQ }: Form,
  seqlenK: number,
): AttentionProblem['attentionBias'] {
  const name = 'attentionBias'
  const bias = args.specs.get(name)
  if (bias === undefined || !requireRank(args, name, bias, [4], 'M12')) return null
  const [batches, heads] = bias.shape as [number, number, number, number]
  if (batches !== 1) requireSize(args, name, 0, batch, 'B, or 1', 'M12')
  if (heads !== 1) requireSize(args, name, 1, numHeads, 'N, or 1', 'M12')
  requireSize(args, name, 2, seqlenQ, 'S', 'M12')
  requireSize(args, name, 3, seqlenK, 'T, past and new keys', 'M12')
  const broadcast = { batch: batches === 1, heads: heads === 1 }
  const view = biasView({ numHeads, seqlenQ, seqlenK }, broadcast)
  return { dtype: bias.dtype as FloatDtype, view }
}
