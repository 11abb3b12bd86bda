import type { Dtype } from '../tensor/dtype.js'
import { elementCount } from '../tensor/shape.js'
import type { AttentionProblem } from './attention-problem.js'
import type { TensorRole } from './attention-tensors.js'
import { HEAD_ROLES, type HeadRole, headAxes, newKeys, pastRows, presentRows } from './head-axes.js'
import { layoutShape, layoutViews } from './layout-views.js'
import { denseView, headExtent, scoreExtent } from './view-extent.js'
import type { HeadView } from './views.js'

/** What a problem requires of the tensor in one role. */
export interface RoleSpec {
  readonly dtype: Dtype
  /** A shape that fits: the layout's own where the view is contiguous, else (minElements). */
  readonly shape: readonly number[]
  /** Elements that the tensor must have at least, in whatever shape. */
  readonly minElements: number
  readonly access: 'read' | 'write'
}

export type RoleSpecs = Readonly<Partial<Record<TensorRole, RoleSpec>>>

/** Tokens of all sequences together, when varlen. */
export interface Tokens {
  readonly q: number
  readonly k: number
}

/**
 * The roles that a problem's tensors play, each with dtype and size. Roles that a packed format keeps
 * in one tensor (see {@link packedRoles}) appear each with that tensor's shape. `tokens`: default as
 * many as the longest sequences would have, which is enough for any lengths.
 */
export function tensorSpecs(problem: AttentionProblem, tokens = longest(problem)): RoleSpecs {
  const specs: Partial<Record<TensorRole, RoleSpec>> = {}
  for (const role of HEAD_ROLES) {
    if ((role === 'k' || role === 'v') && newKeys(problem) === 0 && problem.past !== null) continue
    specs[role] = headSpec(problem, role, role === 'q' || role === 'output' ? tokens.q : tokens.k)
  }
  return {
    ...specs,
    ...inputSpecs(problem),
    ...indexSpecs(problem),
    ...outputSpecs(problem, tokens),
  }
}

/** The roles that one tensor plays, in the problem's format. */
export function packedRoles(problem: AttentionProblem): readonly (readonly ('q' | 'k' | 'v')[])[] {
  if (problem.format === 'QKV') return [['q', 'k', 'v']]
  return problem.format === 'Q,KV' ? [['q'], ['k', 'v']] : [['q'], ['k'], ['v']]
}

function longest({ batch, seqlenQ, seqlenK }: AttentionProblem): Tokens {
  return { q: batch * seqlenQ, k: batch * seqlenK }
}

function whole(
  dtype: Dtype,
  shape: readonly number[],
  access: RoleSpec['access'] = 'read',
): RoleSpec {
  return { dtype, shape, minElements: elementCount(shape), access }
}

function headSpec(problem: AttentionProblem, role: HeadRole, tokens: number): RoleSpec {
  const { batch, dtype, varlen, layout } = problem
  const axes = headAxes(problem, role)
  const minElements = varlen ? headExtent({ ...axes, seqlen: tokens }, 1) : headExtent(axes, batch)
  const sizes = { ...problem, newKeys: newKeys(problem) }
  const { seqlen, heads, headDim } = axes
  const natural =
    role === 'output' ? denseView(seqlen, heads, headDim, varlen) : layoutViews(layout, sizes)[role]
  const contiguous =
    role === 'output'
      ? [...(varlen ? [tokens] : [batch, seqlen]), heads, headDim]
      : layoutShape(layout, role, sizes, tokens)
  const shape = sameView(problem[role], natural) ? contiguous : [minElements]
  return { dtype, shape, minElements, access: role === 'output' ? 'write' : 'read' }
}

function sameView(a: HeadView, b: HeadView): boolean {
  return (
    a.offset === b.offset &&
    a.batchStride === b.batchStride &&
    a.seqStride === b.seqStride &&
    a.headStride === b.headStride
  )
}

function inputSpecs(problem: AttentionProblem): RoleSpecs {
  const { dtype, numHeads, headDim, headDimV, past, attentionBias, qkNorm, rotary } = problem
  const bias = attentionBias && scoreExtent(problem, attentionBias.view)
  const table = whole(dtype, [rotary?.tableRows ?? 0, (rotary?.dim ?? 0) / 2])
  const weights = whole(dtype, [headDim])
  return {
    ...(problem.projectionBias && {
      projectionBias: whole(dtype, [numHeads * (2 * headDim + headDimV)]),
    }),
    ...(attentionBias && bias !== null && { attentionBias: whole(attentionBias.dtype, [bias]) }),
    ...(past && cacheSpecs(problem, ['pastKey', 'pastValue'], pastRows(problem), 'read')),
    ...(qkNorm && { qNorm: weights, kNorm: weights }),
    ...(rotary?.base === null && { rotaryCos: table, rotarySin: table }),
    ...(problem.sink === 'per-head' && { sink: whole('float32', [numHeads]) }),
  }
}

/** Keys and values of a cache: two tensors, or one that holds both. */
function cacheSpecs(
  { dtype, batch, numHeadsKv, headDim, headDimV, cacheStacked }: AttentionProblem,
  [key, value]: readonly [TensorRole, TensorRole],
  rows: number,
  access: RoleSpec['access'],
): RoleSpecs {
  const shape = [batch, numHeadsKv, rows, headDim]
  const stacked = whole(dtype, [2, ...shape], access)
  if (cacheStacked) return { [key]: stacked, [value]: stacked }
  const values = whole(dtype, [batch, numHeadsKv, rows, headDimV], access)
  return { [key]: whole(dtype, shape, access), [value]: values }
}

function indexSpecs(problem: AttentionProblem): RoleSpecs {
  const { batch, mask, causalOffset, keyLengths, past, rotary, seqlenQ, varlen } = problem
  const starts = whole('int32', [batch + 1])
  const each = whole('int32', [batch])
  return {
    ...(mask && { mask: whole(mask.dtype, [maskElements(problem)]) }),
    ...(causalOffset === 'per-batch' && { causalOffset: each }),
    ...(keyLengths === 'per-batch' && { keyLengths: each }),
    ...(past?.perBatch && { pastSeqlens: each }),
    ...(rotary?.positions && { positions: whole('int32', [batch, seqlenQ]) }),
    ...(varlen && { cuSeqlensQ: starts, cuSeqlensK: starts }),
  }
}

function maskElements(problem: AttentionProblem): number {
  const { mask, batch } = problem
  if (mask?.view) return scoreExtent(problem, mask.view)
  return mask?.kind === 'start-end' ? 2 * batch : batch
}

function outputSpecs(problem: AttentionProblem, tokens: Tokens): RoleSpecs {
  const { dtype, batch, numHeads, seqlenQ, seqlenK } = problem
  const sums = problem.varlen ? [numHeads, tokens.q] : [batch, numHeads, seqlenQ]
  return {
    ...(problem.present &&
      cacheSpecs(problem, ['presentKey', 'presentValue'], presentRows(problem), 'write')),
    ...(problem.qkOutput !== 'none' && {
      qk: whole(dtype, [batch, numHeads, seqlenQ, seqlenK], 'write'),
    }),
    ...(problem.softmaxLse && { softmaxLse: whole('float32', sums, 'write') }),
  }
}
