import type { AttentionProblem } from '../../problem/attention-problem.js'
import { readProjectionBias } from '../projection-bias.js'
import type { Arguments } from '../read-arguments.js'
import type { Form } from './forms.js'

/** The bias of the projections by M9 and M10: which of its parts are added. */
export function readBiasParts(args: Arguments, form: Form): AttentionProblem['projectionBias'] {
  if (args.given.has('bias') && form.layout === 'bsn2h') {
    args.list.add('bias', 'a bias with packed K and V', 'none', 'M9')
  }
  const bias = readProjectionBias(args, form, 'M10')
  return bias && { q: true, k: !form.headsFirst, v: !form.headsFirst }
}
