import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { readAttentionBias } from '../attention-bias.js'
import { givenRoles } from '../given-roles.js'
import { requireOneDtype } from '../one-dtype.js'
import type { LoweredCall } from '../operator.js'
import { PACKED_ROLES, packedOptions, packedOutput } from '../packed-problem.js'
import { readPackedSequences } from '../packed-sequences.js'
import { readProjectionBias } from '../projection-bias.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readMaskFilter, readScale } from '../scalar-attributes.js'
import { readPackedHeads } from './heads.js'

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerPackedMultiHeadAttention(args: Arguments): LoweredCall {
  requireOneDtype(args, 'query')
  readMaskFilter(args)
  const scale = readScale(args)
  const heads = readPackedHeads(args)
  const sequences = readPackedSequences(args, { offsetsRank: 'P2', starts: 'P6' }, 'query')
  const projectionBias = readProjectionBias(args, heads, 'P5')
  const options = heads && sequences && { ...heads, ...packedOptions(sequences) }
  const query = args.specs.get('query')
  const problem = requireProblem(
    args,
    'PackedMultiHeadAttention',
    options && {
      ...options,
      dtype: query!.dtype as FloatDtype,
      projectionBias,
      attentionBias: readAttentionBias(args, options, 'P7', 'S'),
      softmaxScale: scale(options.headDim),
    },
  )
  return {
    problem,
    roles: { ...rolesOf(problem), ...givenRoles(args, PACKED_ROLES) },
    outputs: [packedOutput(problem, query!.shape[0]!)],
  }
}

function rolesOf({ layout }: Pick<AttentionProblem, 'layout'>): LoweredCall['roles'] {
  const isPacked = layout === 'tn3h'
  return { q: 'query', k: isPacked ? 'query' : 'key', v: isPacked ? 'query' : 'value' }
}
