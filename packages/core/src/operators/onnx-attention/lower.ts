import { invalidArgument } from '../../errors/invalid-argument.js'
import type { AttentionProblem, PastSpec } from '../../problem/attention-problem.js'
import type { TensorRole } from '../../problem/attention-tensors.js'
import type { FloatDtype } from '../../tensor/dtype.js'
import { notSupportedYet } from '../not-supported-yet.js'
import type { Derivation, LoweredCall, LoweredOutput } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { requireProblem } from '../require-problem.js'
import { readAttributes } from './attributes.js'
import { type Form, readForm, viewsOf } from './forms.js'
import { broadcastView, type ReadMask, readMask } from './masks.js'
import { readNonpad, readPast } from './past.js'

const OPERATOR = 'ai.onnx::Attention'

/** A call whose arguments have been read one by one. */
interface Call {
  readonly form: Form
  readonly past: PastSpec | null
  readonly nonpad: boolean
  readonly mask: ReadMask
  /** Past and new keys. */
  readonly total: number
}

/** Checks a call by all the rules that its arguments alone can break, and makes a problem of it. */
export function lowerOnnxAttention(args: Arguments): LoweredCall {
  requireDtypes(args)
  const attributes = readAttributes(args)
  const form = readForm(args)
  const past = readPast(args, form)
  const nonpad = readNonpad(args, form)
  const total = (past?.seqlen ?? 0) + (form?.newKeys ?? 0)
  const mask = form && readMask(args, { ...form, total })
  if (form === null || mask === null) throw invalidArgument(OPERATOR, args.list.faults)
  return lower(args, { form, past, nonpad, mask, total }, attributes)
}

/** K and its past have the dtype of Q, the past of V that of V. */
function requireDtypes({ specs, list }: Arguments): void {
  for (const [name, main] of [
    ['k', 'q'],
    ['pastKey', 'q'],
    ['pastValue', 'v'],
  ] as const) {
    const [dtype, wanted] = [specs.get(name)?.dtype, specs.get(main)?.dtype]
    if (dtype === undefined || wanted === undefined) continue
    const required = `${wanted}, the dtype of ${main}`
    list.require(dtype === wanted, `${name}.dtype`, dtype, required, 'E10')
  }
}

/** Values of another dtype than Q's are converted, which present would show. */
function converted({ specs }: Arguments, { present, past }: AttentionProblem) {
  const [q, v] = [specs.get('q')!.dtype, specs.get('v')!.dtype]
  if (q === v) return {}
  const remedy = 'Convert v and pastValue before the call.'
  if (present) throw notSupportedYet(OPERATOR, 'v.dtype', v, `${q}, the dtype of q`, remedy)
  const cast = (input: string): Derivation => ({ kind: 'cast', input, dtype: q as FloatDtype })
  return { v: cast('v'), ...(past && { pastValue: cast('pastValue') }) }
}

function lower(
  args: Arguments,
  call: Call,
  { scale, ...attributes }: ReturnType<typeof readAttributes>,
): LoweredCall {
  const { specs, requested } = args
  const { form, past, nonpad, mask, total } = call
  const { newKeys, ...sizes } = form
  const present = requested.has('presentKey') || requested.has('presentValue')
  // Where nothing else shows the keys behind a short mask, they are left out altogether.
  const isShort = mask.keys < total
  const leavesOut = isShort && !present && attributes.qkOutput === 'none'
  const seqlenK = leavesOut ? mask.keys : total
  const pads = isShort && !leavesOut
  const isPlaced = attributes.causal || attributes.windowLeft >= 0 || attributes.windowRight >= 0
  const problem = requireProblem(args, OPERATOR, {
    dtype: specs.get('q')!.dtype as FloatDtype,
    ...sizes,
    ...viewsOf(form),
    seqlenK,
    past,
    present,
    ...attributes,
    softmaxScale: scale ?? 1 / Math.sqrt(form.headDim),
    ...(pads ? padded(args, mask, total) : { mask: mask.mask, attentionBias: mask.attentionBias }),
    keyLengths: nonpad ? 'per-batch' : null,
    causalOffset: nonpad && isPlaced ? 'per-batch' : (past?.seqlen ?? 0),
    emptyRows: 'zero',
    qkHidden: '-inf',
  })
  const derived: LoweredCall['derived'] = {
    ...converted(args, problem),
    ...(nonpad && countsOf(problem)),
    ...(pads && padding(problem, total)),
  }
  const roles = rolesOf(args, problem)
  const made = Object.keys(derived) as TensorRole[]
  for (const role of made) delete roles[role]
  return { problem, roles, derived, outputs: outputsOf(call, problem) }
}

/** A short mask as it will be when its rows are padded. */
function padded(
  { specs }: Arguments,
  { mask, attentionBias }: ReadMask,
  total: number,
): Pick<AttentionProblem, 'mask' | 'attentionBias'> {
  const view = broadcastView(specs.get('attnMask')!.shape, total)
  return {
    mask: mask && { ...mask, view },
    attentionBias: attentionBias && { ...attentionBias, view },
  }
}

function padding({ mask }: AttentionProblem, total: number): LoweredCall['derived'] {
  const derivation: Derivation = { kind: 'pad', input: 'attnMask', width: total }
  return mask ? { mask: derivation } : { attentionBias: derivation }
}

/** The number of valid keys of each batch entry, and from that where its queries are. */
function countsOf({ seqlenQ, seqlenK, causalOffset }: AttentionProblem): LoweredCall['derived'] {
  const count = { kind: 'indices', input: 'nonpadKvSeqlen' } as const
  return {
    keyLengths: { ...count, add: 0, least: 0, most: seqlenK },
    ...(causalOffset === 'per-batch' && {
      causalOffset: { ...count, add: -seqlenQ, least: -seqlenQ, most: 2 ** 31 - 1 },
    }),
  }
}

function rolesOf(
  { given }: Arguments,
  problem: AttentionProblem,
): Partial<Record<TensorRole, string>> {
  return {
    q: 'q',
    k: 'k',
    v: 'v',
    ...(problem.mask && { mask: 'attnMask' }),
    ...(problem.attentionBias && { attentionBias: 'attnMask' }),
    ...(given.has('pastKey') && { pastKey: 'pastKey', pastValue: 'pastValue' }),
  }
}

function outputsOf({ form, total }: Call, problem: AttentionProblem): readonly LoweredOutput[] {
  const { batch, seqlenQ, numHeads, numHeadsKv, headDim, headDimV, dtype } = problem
  const shape =
    form.layout === 'bnsh'
      ? [batch, numHeads, seqlenQ, headDimV]
      : [batch, seqlenQ, numHeads * headDimV]
  const outputs: LoweredOutput[] = [{ name: 'output', roles: ['output'], dtype, shape }]
  if (problem.present) {
    const key = [batch, numHeadsKv, total, headDim]
    const value = [batch, numHeadsKv, total, headDimV]
    outputs.push({ name: 'presentKey', roles: ['presentKey'], dtype, shape: key })
    outputs.push({ name: 'presentValue', roles: ['presentValue'], dtype, shape: value })
  }
  if (problem.qkOutput !== 'none') {
    const scores = [batch, numHeads, seqlenQ, total]
    outputs.push({ name: 'qkMatmulOutput', roles: ['qk'], dtype, shape: scores })
  }
  return outputs
}
