import type { AttentionProblem, PastSpec } from '../../problem/attention-problem.js'
import type { ProblemOptions } from '../../problem/define-problem.js'
import { presentRows } from '../../problem/head-axes.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { readAttentionBias } from '../attention-bias.js'
import { givenRoles } from '../given-roles.js'
import { requireOneDtype } from '../one-dtype.js'
import type { LoweredCall, LoweredOutput } from '../operator.js'
import {
  loweredProjection,
  type ProjectionRules,
  projectedViews,
  readProjectedHeads,
} from '../projected-heads.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readMaskFilter, readScale, type ScoreAttributes } from '../scalar-attributes.js'
import { requireRank } from '../shape-rules.js'
import { readMask } from './mask.js'
import { readPast, type Sizes } from './past.js'
import { readRotary } from './rotary.js'
import type { ATTENTION_RULES } from './rules.js'

const RULES = {
  biasRank: 'A3',
  weightsRank: 'A4',
  weightsRows: 'A5',
  biasSize: 'A6',
  sizesCount: 'A7',
  sizesDivide: 'A8',
  sizesEqual: 'A9',
  sizesSum: 'A11',
} as const satisfies Record<keyof ProjectionRules, keyof typeof ATTENTION_RULES>

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerAttention(args: Arguments): LoweredCall {
  requireOneDtype(args, 'input')
  const scores = { scale: readScale(args), filterValue: readMaskFilter(args) }
  const sizes = readSizes(args)
  const past = readPast(args, sizes)
  const options = sizes && readOptions(args, sizes, past, scores)
  const problem = requireProblem(args, 'Attention', options)
  const { batch, seqlenQ, dtype } = problem
  return {
    problem,
    roles: rolesOf(args, problem),
    // There is a problem, so there are sizes.
    projection: loweredProjection(sizes!, dtype, batch * seqlenQ),
    outputs: outputsOf(problem),
  }
}

function readSizes(args: Arguments): Sizes | null {
  const input = args.specs.get('input')
  const isRank = input !== undefined && requireRank(args, 'input', input, [3], 'A2')
  const projected = readProjectedHeads(args, RULES, isRank ? input.shape[2] : undefined)
  if (!isRank || projected === null) return null
  const [batch, seqlen] = input.shape as [number, number, number]
  return { ...projected, batch, seqlen }
}

function readOptions(
  args: Arguments,
  sizes: Sizes,
  past: PastSpec | null | undefined,
  scores: ScoreAttributes,
): ProblemOptions | null {
  const { attributes, requested, specs } = args
  const { batch, seqlen: seqlenQ, heads } = sizes
  const seqlenK = past === undefined ? null : (past?.seqlen ?? 0) + seqlenQ
  const shape = { batch, seqlenQ, ...heads }
  const features = {
    mask: readMask(args, { ...shape, seqlenK }, scores.filterValue),
    attentionBias: readAttentionBias(args, { ...shape, seqlenK }, 'A21'),
    rotary: readRotary(args, heads.headDim),
  }
  if (past === undefined || seqlenK === null) return null
  const biased = specs.has('bias')
  return {
    dtype: specs.get('input')!.dtype as FloatDtype,
    ...shape,
    seqlenK,
    ...features,
    ...projectedViews(sizes, seqlenQ, false),
    past,
    cacheStacked: past !== null || requested.has('present'),
    present: requested.has('present'),
    projectionBias: biased ? { q: true, k: true, v: true } : null,
    softmaxScale: scores.scale(heads.headDim),
    causal: Boolean(attributes.unidirectional),
    causalOffset: past?.seqlen ?? 0,
    emptyRows: 'ignore-mask',
  }
}

function rolesOf(args: Arguments, { mask }: AttentionProblem): LoweredCall['roles'] {
  return givenRoles(args, {
    projectionBias: 'bias',
    attentionBias: 'attentionBias',
    pastKey: 'past',
    pastValue: 'past',
    ...(mask && { mask: 'maskIndex' }),
  })
}

function outputsOf(problem: AttentionProblem): readonly LoweredOutput[] {
  const { batch, seqlenQ, numHeads, headDim, headDimV, dtype, present } = problem
  const shape = [batch, seqlenQ, numHeads * headDimV]
  const output = { name: 'output', roles: ['output'], dtype, shape } as const
  if (!present) return [output]
  const cache = [2, batch, numHeads, presentRows(problem), headDim]
  return [output, { name: 'present', roles: ['presentKey', 'presentValue'], dtype, shape: cache }]
}
