import { AttentionError } from '../../errors/attention-error.js'
import { invalidArgument } from '../../errors/invalid-argument.js'
import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { TensorRole } from '../../problem/attention-tensors.js'
import { completeProblem } from '../../problem/define-problem.js'
import { headsFirstView } from '../../problem/layout-views.js'
import { problemFaults } from '../../problem/problem-faults.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import type { LoweredCall, LoweredOutput } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { readAttentionBias, readProjectionBias } from './biases.js'
import { INPUTS } from './declarations.js'
import { type Form, readForm } from './forms.js'
import { readMask } from './masks.js'
import { readPast } from './past.js'

const OPERATOR = 'MultiHeadAttention'

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerMultiHeadAttention(args: Arguments): LoweredCall {
  requireOneDtype(args)
  const { scale } = args.attributes
  args.list.require(Number.isFinite(scale), 'scale', scale, 'a finite number', 'E5')
  const form = readForm(args)
  const past = readPast(args, form)
  const problem = form && readProblem(args, form, past)
  if (problem === null || !args.list.empty) throw invalidArgument(OPERATOR, args.list.faults)
  refuseCacheIndirection(args)
  return { problem, roles: rolesOf(args, problem), outputs: outputsOf(args, problem) }
}

/** All inputs that are computed in have the dtype of query. */
function requireOneDtype({ specs, list }: Arguments): void {
  const dtype = specs.get('query')?.dtype
  if (dtype === undefined) return
  for (const { name, dtypes } of INPUTS) {
    const spec = specs.get(name)
    if (spec === undefined || !dtypes.includes('float32') || !dtypes.includes(spec.dtype)) continue
    const required = `${dtype}, the dtype of query`
    list.require(spec.dtype === dtype, `${name}.dtype`, spec.dtype, required, 'E10')
  }
}

function readProblem(
  args: Arguments,
  form: Form,
  past: AttentionProblem['past'],
): AttentionProblem | null {
  const { attributes, list, requested, specs } = args
  const { headsFirst, newKeys, ...sizes } = form
  const seqlenK = (past?.seqlen ?? 0) + newKeys
  const cross = headsFirstView(newKeys, form.numHeads, form.headDim)
  const features = {
    mask: readMask(args, form, seqlenK),
    projectionBias: readProjectionBias(args, form),
    attentionBias: readAttentionBias(args, form, seqlenK),
  }
  if (!list.empty) return null
  const problem = completeProblem({
    operator: OPERATOR,
    dtype: specs.get('query')!.dtype as FloatDtype,
    ...sizes,
    seqlenK,
    past,
    ...features,
    softmaxScale: (attributes.scale as number) || 1 / Math.sqrt(form.headDim),
    causal: Boolean(attributes.unidirectional),
    causalOffset: past?.seqlen ?? 0,
    emptyRows: 'ignore-mask',
    present: requested.has('presentKey') || requested.has('presentValue'),
    qkOutput: requested.has('qk') ? 'biased' : 'none',
    qkHidden: 'lowest',
    ...(headsFirst && { k: cross, v: cross }),
  })
  for (const fault of problemFaults(problem)) list.faults.push({ ...fault, rule: 'E13' })
  return problem
}

function refuseCacheIndirection({ given }: Arguments): void {
  if (!given.has('cacheIndirection')) return
  const reason = {
    backend: 'any',
    code: 'not-supported-yet',
    subject: 'cacheIndirection',
    found: 'given',
    required: 'none',
    remedy: 'Reorder the past by beam before the call, and leave cacheIndirection out.',
  } as const
  throw new AttentionError(
    'no-backend-supports',
    `${OPERATOR}: cacheIndirection is not supported yet, required is a call without it. ${reason.remedy}`,
    { operator: OPERATOR, reasons: [reason] },
  )
}

const INPUT_ROLES = {
  projectionBias: 'bias',
  mask: 'keyPaddingMask',
  attentionBias: 'attentionBias',
  pastKey: 'pastKey',
  pastValue: 'pastValue',
} as const satisfies Partial<Record<TensorRole, string>>

function rolesOf({ given }: Arguments, { format }: AttentionProblem): LoweredCall['roles'] {
  const k = format === 'QKV' ? 'query' : 'key'
  const v = format === 'Q,K,V' ? 'value' : k
  const others = Object.entries(INPUT_ROLES).filter(([, input]) => given.has(input))
  return { q: 'query', k, v, ...Object.fromEntries(others) }
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
