import { invalidArgument } from '../../errors/invalid-argument.js'
import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { TensorRole } from '../../problem/attention-tensors.js'
import { presentRows } from '../../problem/head-axes.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { readAttentionBias } from '../attention-bias.js'
import { givenRoles } from '../given-roles.js'
import { requireOneDtype } from '../one-dtype.js'
import type { Derivation, LoweredCall, LoweredOutput } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readScale } from '../scalar-attributes.js'
import { readNorm, readRotary } from './embeddings.js'
import { type Form, readForm, viewsOf } from './forms.js'
import { derivedLengths, readLengths } from './lengths.js'
import { checkQuantisation, refuseCaches } from './quantisation.js'
import { readScores } from './scores.js'

const OPERATOR = 'GroupQueryAttention'

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerGroupQueryAttention(args: Arguments): LoweredCall {
  const { requested, specs } = args
  requireOneDtype(args, 'query')
  checkQuantisation(args)
  const scale = readScale(args)
  const form = readForm(args)
  const scores = readScores(args, form)
  const lengths = readLengths(args, form)
  const total = lengths?.total ?? null
  const embeddings = { qkNorm: readNorm(args, form), rotary: readRotary(args, form, total) }
  if (form === null || lengths === null) throw invalidArgument(OPERATOR, args.list.faults)
  const { newKeys, packed, ...sizes } = form
  const seqlenK = lengths.total
  const isPlaced = (scores.causal || scores.windowLeft >= 0) && seqlenK > form.seqlenQ
  const problem = requireProblem(args, OPERATOR, {
    dtype: specs.get('query')?.dtype as FloatDtype,
    ...sizes,
    ...viewsOf(form),
    seqlenK,
    past: lengths.past,
    keyLengths: 'per-batch',
    causalOffset: isPlaced ? 'per-batch' : 0,
    attentionBias: readAttentionBias(args, { ...form, seqlenK }, 'G15', 'totalSequenceLength'),
    softmaxScale: scale(form.headDim),
    ...scores,
    ...embeddings,
    emptyRows: 'ignore-mask',
    qkHidden: 'zero',
    present: requested.has('presentKey') || requested.has('presentValue'),
  })
  refuseCaches(OPERATOR, args)
  const derived = { ...derivedLengths(lengths, form, isPlaced), ...derivedOthers(args, problem) }
  const roles = rolesOf(args, form, problem)
  return { problem, roles, derived, outputs: outputsOf(problem) }
}

/** Positions as int32, and sinks as float32 where they are not. */
function derivedOthers(
  { specs }: Arguments,
  problem: AttentionProblem,
): Record<string, Derivation> {
  const { rotary, sink } = problem
  const casts = sink === 'per-head' && specs.get('headSink')?.dtype !== 'float32'
  return {
    ...(rotary?.positions && {
      positions: {
        kind: 'indices',
        input: 'positionIds',
        add: 0,
        least: 0,
        most: rotary.tableRows - 1,
      },
    }),
    ...(casts && { sink: { kind: 'cast', input: 'headSink', dtype: 'float32' } }),
  }
}

const INPUT_ROLES = {
  attentionBias: 'attentionBias',
  pastKey: 'pastKey',
  pastValue: 'pastValue',
  qNorm: 'qNormWeight',
  kNorm: 'kNormWeight',
} as const satisfies Partial<Record<TensorRole, string>>

function rolesOf(
  args: Arguments,
  { packed }: Form,
  { rotary, sink }: AttentionProblem,
): LoweredCall['roles'] {
  const castsSink = args.specs.get('headSink')?.dtype !== 'float32'
  return {
    q: 'query',
    k: packed ? 'query' : 'key',
    v: packed ? 'query' : 'value',
    ...givenRoles(args, INPUT_ROLES),
    ...(rotary && { rotaryCos: 'cosCache', rotarySin: 'sinCache' }),
    ...(sink === 'per-head' && !castsSink && { sink: 'headSink' }),
  }
}

function outputsOf(problem: AttentionProblem): readonly LoweredOutput[] {
  const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, dtype } = problem
  const outputs: LoweredOutput[] = [
    { name: 'output', roles: ['output'], dtype, shape: [batch, seqlenQ, numHeads * headDim] },
  ]
  if (problem.present) {
    const shape = [batch, numHeadsKv, presentRows(problem), headDim]
    outputs.push({ name: 'presentKey', roles: ['presentKey'], dtype, shape })
    outputs.push({ name: 'presentValue', roles: ['presentValue'], dtype, shape })
  }
  if (problem.qkOutput !== 'none') {
    const shape = [batch, numHeads, seqlenQ, seqlenK]
    outputs.push({ name: 'outputQk', roles: ['qk'], dtype, shape })
  }
  return outputs
}
