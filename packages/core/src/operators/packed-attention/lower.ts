import type { ProblemOptions } from '../../problem/define-problem.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { readAttentionBias } from '../attention-bias.js'
import { givenRoles } from '../given-roles.js'
import { requireOneDtype } from '../one-dtype.js'
import type { LoweredCall, TensorSpec } from '../operator.js'
import { PACKED_ROLES, packedOptions, packedOutput } from '../packed-problem.js'
import { type PackedSequences, readPackedSequences } from '../packed-sequences.js'
import {
  loweredProjection,
  type ProjectedHeads,
  type ProjectionRules,
  projectedViews,
  readProjectedHeads,
} from '../projected-heads.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readScale, type ScaleOf } from '../scalar-attributes.js'
import { requireRank } from '../shape-rules.js'
import type { PACKED_ATTENTION_RULES } from './rules.js'

const RULES = {
  biasRank: 'PA3',
  weightsRank: 'PA4',
  weightsRows: 'PA5',
  biasSize: 'PA6',
  sizesCount: 'PA8',
  sizesDivide: 'PA8',
  sizesEqual: 'PA9',
  sizesSum: 'PA10',
} as const satisfies Record<keyof ProjectionRules, keyof typeof PACKED_ATTENTION_RULES>

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerPackedAttention(args: Arguments): LoweredCall {
  requireOneDtype(args, 'input')
  const scale = readScale(args)
  const input = args.specs.get('input')
  const isRank = input !== undefined && requireRank(args, 'input', input, [2], 'PA1')
  const projected = readProjectedHeads(args, RULES, isRank ? input.shape[1] : undefined)
  const sequences = readPackedSequences(args, { offsetsRank: 'PA2', starts: 'PA7' }, 'input')
  const options =
    isRank && projected && sequences && readOptions(args, input, projected, sequences, scale)
  const problem = requireProblem(args, 'PackedAttention', options || null)
  // There is a problem, so there are an input and its projection.
  const tokens = input!.shape[0]!
  return {
    problem,
    roles: givenRoles(args, PACKED_ROLES),
    projection: loweredProjection(projected!, problem.dtype, tokens),
    outputs: [packedOutput(problem, tokens)],
  }
}

function readOptions(
  args: Arguments,
  input: TensorSpec,
  projected: ProjectedHeads,
  sequences: PackedSequences,
  scale: ScaleOf,
): ProblemOptions {
  const sizes = { ...packedOptions(sequences), ...projected.heads }
  return {
    ...sizes,
    ...projectedViews(projected, sequences.seqlen, true),
    dtype: input.dtype as FloatDtype,
    projectionBias: { q: true, k: true, v: true },
    attentionBias: readAttentionBias(args, sizes, 'PA11', 'S'),
    softmaxScale: scale(sizes.headDim),
  }
}
