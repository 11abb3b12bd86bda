import { invalidArgument } from '../errors/invalid-argument.js'
import type { FloatDtype, IndexDtype } from '../tensor/dtype.js'
import type { AttentionProblem, MaskSpec, PastSpec, RotarySpec } from './attention-problem.js'
import { formatOf } from './layout.js'
import { layoutViews } from './layout-views.js'
import { problemFaults } from './problem-faults.js'
import { denseView } from './view-extent.js'
import type { HeadView, ScoreView } from './views.js'

type Sizes = Pick<AttentionProblem, 'batch' | 'seqlenQ' | 'numHeads' | 'headDim'>

/** What {@link defineProblem} needs; the rest of the problem has defaults. */
export interface ProblemOptions extends Sizes, Partial<Omit<AttentionProblem, DefaultedParts>> {
  /** Default: one length for all, and no buffer. */
  readonly past?: (Pick<PastSpec, 'seqlen'> & Partial<PastSpec>) | null
  /** Defaults: halves of the rotated part are paired; base 10000 without tables; no positions. */
  readonly rotary?: (Pick<RotarySpec, 'dim'> & Partial<RotarySpec>) | null
  /** Defaults: `int32` (`bool` for 2d, 3d and 4d), a contiguous view, filter value -Infinity. */
  readonly mask?: (Pick<MaskSpec, 'kind'> & Partial<MaskSpec>) | null
  /** `broadcast`: which of the sizes batch and heads are 1. Default dtype: the problem's. */
  readonly attentionBias?: {
    readonly dtype?: FloatDtype
    readonly view?: ScoreView
    readonly broadcast?: { readonly batch?: boolean; readonly heads?: boolean }
  } | null
}

type DefaultedParts = keyof Sizes | 'past' | 'rotary' | 'mask' | 'attentionBias' | 'format'

/**
 * A whole problem from its sizes: self-attention over contiguous float32 tensors of layout `bsnh`
 * with softmax scale 1/√headDim, but for what the options say otherwise. The views follow from the
 * layout, and the output is (batch, seqlenQ, numHeads, headDimV), (tokens, numHeads, headDimV) when
 * varlen. Throws `invalid-argument` with every fault.
 */
export function defineProblem(options: ProblemOptions): AttentionProblem {
  const problem = completeProblem(options)
  const faults = problemFaults(problem)
  if (faults.length > 0) throw invalidArgument('defineProblem', faults)
  return Object.freeze(problem)
}

/** {@link defineProblem} without its checks. */
export function completeProblem(options: ProblemOptions): AttentionProblem {
  const { batch, seqlenQ, numHeads, headDim } = options
  const sizes = {
    batch,
    seqlenQ,
    numHeads,
    headDim,
    seqlenK: options.seqlenK ?? seqlenQ + (options.past?.seqlen ?? 0),
    numHeadsKv: options.numHeadsKv ?? numHeads,
    headDimV: options.headDimV ?? headDim,
  }
  const layout = options.layout ?? (options.varlen ? 'tnh' : 'bsnh')
  const varlen = options.varlen ?? (layout === 'tnh' || layout === 'tn3h')
  const newKeys = sizes.seqlenK - (options.past?.seqlen ?? 0)
  const views = layoutViews(layout, { ...sizes, newKeys })
  return Object.assign({ ...BLANK }, views, options, sizes, {
    softmaxScale: options.softmaxScale ?? 1 / Math.sqrt(headDim),
    output: options.output ?? denseView(seqlenQ, numHeads, sizes.headDimV, varlen),
    layout,
    varlen,
    format: formatOf(layout),
    past: options.past ? { perBatch: false, bufferLength: null, ...options.past } : null,
    rotary: wholeRotary(options.rotary),
    mask: wholeMask(options.mask, sizes),
    attentionBias: wholeBias(options, sizes),
  })
}

const NO_VIEW: HeadView = { offset: 0, batchStride: 0, seqStride: 0, headStride: 0 }

/**
 * Every field, with the default of those that have one. Problems are copies of it that are filled in: an object
 * that grows field by field is slow to make, and its fields are slow to read.
 */
const BLANK: AttentionProblem = {
  operator: 'problem',
  dtype: 'float32',
  layout: 'bsnh',
  format: 'Q,K,V',
  batch: 0,
  seqlenQ: 0,
  seqlenK: 0,
  numHeads: 0,
  numHeadsKv: 0,
  headDim: 0,
  headDimV: 0,
  softmaxScale: 0,
  softcap: 0,
  causal: false,
  causalOffset: 0,
  windowLeft: -1,
  windowRight: -1,
  keyLengths: null,
  mask: null,
  emptyRows: 'zero',
  attentionBias: null,
  projectionBias: null,
  qkNorm: null,
  rotary: null,
  past: null,
  cacheStacked: false,
  present: false,
  varlen: false,
  sink: 'none',
  softmaxPrecision: 'float32',
  qkOutput: 'none',
  qkHidden: 'lowest',
  softmaxLse: false,
  q: NO_VIEW,
  k: NO_VIEW,
  v: NO_VIEW,
  output: NO_VIEW,
}

function wholeRotary(rotary: ProblemOptions['rotary']): RotarySpec | null {
  if (!rotary) return null
  const base = rotary.tableRows ? null : 10000
  return { interleaved: false, base, tableRows: 0, positions: false, ...rotary }
}

type ScoreSizes = Pick<AttentionProblem, 'numHeads' | 'seqlenQ' | 'seqlenK'>

function wholeMask(mask: ProblemOptions['mask'], sizes: ScoreSizes): MaskSpec | null {
  if (!mask) return null
  const perKey = mask.kind !== 'lengths' && mask.kind !== 'start-end'
  const dtype: IndexDtype = perKey ? 'bool' : 'int32'
  const view = perKey ? { view: maskView(mask.kind, sizes) } : {}
  return { dtype, filterValue: Number.NEGATIVE_INFINITY, ...view, ...mask }
}

/** The view of a contiguous mask of kind `2d`, `3d` or `4d`. */
export function maskView(kind: '2d' | '3d' | '4d', sizes: ScoreSizes): ScoreView {
  const { numHeads, seqlenQ, seqlenK } = sizes
  const rowStride = kind === '2d' ? 0 : seqlenK
  const headStride = kind === '4d' ? seqlenQ * seqlenK : 0
  const batchStride = { '2d': 1, '3d': seqlenQ, '4d': numHeads * seqlenQ }[kind] * seqlenK
  return { offset: 0, batchStride, headStride, rowStride }
}

/** The view of a contiguous (batch or 1, numHeads or 1, seqlenQ, seqlenK) tensor. */
export function biasView(
  sizes: ScoreSizes,
  broadcast: { readonly batch?: boolean; readonly heads?: boolean } = {},
): ScoreView {
  const rowStride = sizes.seqlenK
  const plane = sizes.seqlenQ * rowStride
  return {
    offset: 0,
    batchStride: broadcast.batch ? 0 : plane * (broadcast.heads ? 1 : sizes.numHeads),
    headStride: broadcast.heads ? 0 : plane,
    rowStride,
  }
}

function wholeBias(
  { attentionBias: bias, dtype = 'float32' }: ProblemOptions,
  sizes: ScoreSizes,
): AttentionProblem['attentionBias'] {
  if (!bias) return null
  return { dtype: bias.dtype ?? dtype, view: bias.view ?? biasView(sizes, bias.broadcast) }
}
