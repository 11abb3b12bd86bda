import type { AttentionProblem } from '../problem/attention-problem.js'
import type { HeadView } from '../problem/views.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { LoweredProjection, TensorSpec } from './operator.js'
import type { Arguments } from './read-arguments.js'
import { readHeadCount } from './scalar-attributes.js'
import { requireRank, requireSize } from './shape-rules.js'

/** The ids of an operator's rules about its projection. */
export interface ProjectionRules {
  readonly biasRank: string
  readonly weightsRank: string
  readonly weightsRows: string
  readonly biasSize: string
  readonly sizesCount: string
  readonly sizesDivide: string
  readonly sizesEqual: string
  readonly sizesSum: string
}

/** What Q, K and V are when they are one product, side by side: (tokens, 2·D + Dv). */
export interface ProjectedHeads {
  readonly inputWidth: number
  /** 2·D + Dv. */
  readonly width: number
  readonly heads: Pick<AttentionProblem, 'numHeads' | 'headDim' | 'headDimV'>
}

/**
 * Reads `weights`, `bias` and `qkvHiddenSizes` beside an `input` of width `inputWidth`, undefined
 * where that is not known; null when faults keep the heads from being known.
 */
export function readProjectedHeads(
  args: Arguments,
  rules: ProjectionRules,
  inputWidth: number | undefined,
): ProjectedHeads | null {
  const weights = rankedSpec(args, 'weights', 2, rules.weightsRank)
  const bias = rankedSpec(args, 'bias', 1, rules.biasRank)
  const numHeads = readHeadCount(args)
  if (weights && inputWidth !== undefined) {
    requireSize(args, 'weights', 0, inputWidth, 'Di of input', rules.weightsRows)
  }
  const width = weights?.shape[1]
  if (bias && width !== undefined) {
    requireSize(args, 'bias', 0, width, 'the columns of weights', rules.biasSize)
  }
  const given = args.attributes.qkvHiddenSizes as readonly number[] | undefined
  const sizes = given
    ? givenSizes(args, rules, given, numHeads)
    : equalSizes(args, rules, width, numHeads)
  if (sizes === null || numHeads === null) return null
  const [hidden, , hiddenV] = sizes
  const sum = 2 * hidden + hiddenV
  for (const [name, axis, spec] of [
    ['weights', 1, weights],
    ['bias', 0, bias],
  ] as const) {
    if (given && spec) requireSize(args, name, axis, sum, 'Dq + Dk + Dv', rules.sizesSum)
  }
  const heads = { numHeads, headDim: hidden / numHeads, headDimV: hiddenV / numHeads }
  return { inputWidth: inputWidth ?? 0, width: sum, heads }
}

function rankedSpec(
  args: Arguments,
  name: string,
  rank: number,
  rule: string,
): TensorSpec | undefined {
  const spec = args.specs.get(name)
  return spec !== undefined && requireRank(args, name, spec, [rank], rule) ? spec : undefined
}

type Sizes = readonly [number, number, number]

function givenSizes(
  { list }: Arguments,
  rules: ProjectionRules,
  sizes: readonly number[],
  numHeads: number | null,
): Sizes | null {
  const name = 'qkvHiddenSizes'
  const isThree = sizes.length === 3
  if (!isThree) list.add(name, `${sizes.length} sizes`, '3: of Q, K and V', rules.sizesCount)
  if (!isThree || numHeads === null) return null
  const multiple = `a multiple of ${numHeads}, numHeads`
  const fits = sizes.map((size, at) => {
    const path = `${name}[${at}]`
    const divides = list.require(size % numHeads === 0, path, size, multiple, rules.sizesDivide)
    return list.require(size >= 1, path, size, 'at least numHeads', 'E9') && divides
  })
  const [q, k] = sizes
  const equal = list.require(q === k, `${name}[1]`, k, `${q}, as Q`, rules.sizesEqual)
  return equal && !fits.includes(false) ? (sizes as unknown as Sizes) : null
}

function equalSizes(
  { list }: Arguments,
  rules: ProjectionRules,
  width: number | undefined,
  numHeads: number | null,
): Sizes | null {
  if (width === undefined || numHeads === null) return null
  const path = 'weights.shape[1]'
  const required = `a multiple of ${3 * numHeads}: Q, K and V of numHeads heads each`
  const divides = list.require(
    width % (3 * numHeads) === 0,
    path,
    width,
    required,
    rules.sizesDivide,
  )
  const isAny = list.require(width > 0, path, width, 'head dims of at least 1', 'E9')
  const size = width / 3
  return divides && isAny ? [size, size, size] : null
}

/** The product that Q, K and V of `tokens` tokens are. */
export function loweredProjection(
  { inputWidth, width }: ProjectedHeads,
  dtype: FloatDtype,
  tokens: number,
): LoweredProjection {
  return { input: 'input', weights: 'weights', dtype, tokens, inputWidth, width }
}

/**
 * Where Q, K and V lie in the product of `seqlen` tokens a sequence, or of all of them when varlen.
 */
export function projectedViews(
  { width, heads: { numHeads, headDim, headDimV } }: ProjectedHeads,
  seqlen: number,
  varlen: boolean,
): { readonly q: HeadView; readonly k: HeadView; readonly v: HeadView } {
  const batchStride = varlen ? 0 : seqlen * width
  const view = (offset: number, headStride: number) => ({
    offset,
    batchStride,
    seqStride: width,
    headStride,
  })
  const hidden = numHeads * headDim
  return { q: view(0, headDim), k: view(hidden, headDim), v: view(2 * hidden, headDimV) }
}
