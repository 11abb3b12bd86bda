import type { AttentionProblem, PastSpec } from '../../problem/attention-problem.js'
import type { TensorRole } from '../../problem/attention-tensors.js'
import type { ProblemOptions } from '../../problem/define-problem.js'
import { headsFirstView } from '../../problem/layout-views.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { readAttentionBias } from '../attention-bias.js'
import { givenRoles } from '../given-roles.js'
import { notSupportedYet } from '../not-supported-yet.js'
import { requireOneDtype } from '../one-dtype.js'
import type { LoweredCall, LoweredOutput } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readMaskFilter, readScale, type ScoreAttributes } from '../scalar-attributes.js'
import { readBiasParts } from './bias-parts.js'
import { type Form, readForm } from './forms.js'
import { readMask } from './masks.js'
import { readPast } from './past.js'

const OPERATOR = 'MultiHeadAttention'

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerMultiHeadAttention(args: Arguments): LoweredCall {
  requireOneDtype(args, 'query')
  const scores = { scale: readScale(args), filterValue: readMaskFilter(args) }
  const form = readForm(args)
  const past = readPast(args, form)
  const options = form && readOptions(args, form, past, scores)
  const problem = requireProblem(args, OPERATOR, options)
  refuseCacheIndirection(args)
  return { problem, roles: rolesOf(args, problem), outputs: outputsOf(args, problem) }
}

function readOptions(
  args: Arguments,
  form: Form,
  past: PastSpec | null | undefined,
  scores: ScoreAttributes,
): ProblemOptions | null {
  const { attributes, list, requested, specs } = args
  const { headsFirst, newKeys, ...sizes } = form
  const seqlenK = past === undefined ? null : (past?.seqlen ?? 0) + newKeys
  const cross = headsFirstView(newKeys, form.numHeads, form.headDim)
  const features = {
    mask: readMask(args, form, seqlenK, scores.filterValue),
    projectionBias: readBiasParts(args, form),
    attentionBias: readAttentionBias(args, { ...form, seqlenK }, 'M12'),
  }
  if (past === undefined || seqlenK === null || !list.empty) return null
  return {
    dtype: specs.get('query')!.dtype as FloatDtype,
    ...sizes,
    seqlenK,
    past,
    ...features,
    softmaxScale: scores.scale(form.headDim),
    causal: Boolean(attributes.unidirectional),
    causalOffset: past?.seqlen ?? 0,
    emptyRows: 'ignore-mask',
    present: requested.has('presentKey') || requested.has('presentValue'),
    qkOutput: requested.has('qk') ? 'biased' : 'none',
    qkHidden: 'lowest',
    ...(headsFirst && { k: cross, v: cross }),
  }
}

function refuseCacheIndirection({ specs, given }: Arguments): void {
  const name = 'cacheIndirection'
  if (!given.has(name)) return
  const remedy = 'Reorder the past by beam before the call, and leave it out.'
  throw notSupportedYet(OPERATOR, name, specs.get(name)?.shape, 'none', remedy)
}

const INPUT_ROLES = {
  projectionBias: 'bias',
  mask: 'keyPaddingMask',
  attentionBias: 'attentionBias',
  pastKey: 'pastKey',
  pastValue: 'pastValue',
} as const satisfies Partial<Record<TensorRole, string>>

function rolesOf(args: Arguments, { format }: AttentionProblem): LoweredCall['roles'] {
  const k = format === 'QKV' ? 'query' : 'key'
  const v = format === 'Q,K,V' ? 'value' : k
  return { q: 'query', k, v, ...givenRoles(args, INPUT_ROLES) }
}

function outputsOf({ requested }: Arguments, problem: AttentionProblem): readonly LoweredOutput[] {
  const { batch, seqlenQ, seqlenK, numHeads, headDim, headDimV, dtype, past } = problem
  const rows = past?.bufferLength ?? seqlenK
  const outputs: LoweredOutput[] = [
    { name: 'output', roles: ['output'], dtype, shape: [batch, seqlenQ, numHeads * headDimV] },
  ]
  if (problem.present) {
    const key = [batch, numHeads, rows, headDim]
    const value = [batch, numHeads, rows, headDimV]
    outputs.push({ name: 'presentKey', roles: ['presentKey'], dtype, shape: key })
    outputs.push({ name: 'presentValue', roles: ['presentValue'], dtype, shape: value })
  }
  if (requested.has('qk')) {
    outputs.push({ name: 'qk', roles: ['qk'], dtype, shape: [batch, numHeads, seqlenQ, seqlenK] })
  }
  return outputs
}
