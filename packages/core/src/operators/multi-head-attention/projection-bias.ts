import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import type { Form } from './forms.js'

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
