import type { AttentionProblem } from '../problem/attention-problem.js'
import { newKeys } from '../problem/head-axes.js'
import type { HeadView, ScoreView } from '../problem/views.js'

/**
 * The bucket of a length: the next number with at most three significant bits, so a plan's sizes for
 * the bucket exceed those for the length by a quarter at most. Exact up to 8.
 */
export function seqlenBucket(seqlen: number): number {
  if (seqlen <= 8) return seqlen
  const step = 2 ** (Math.floor(Math.log2(seqlen)) - 2)
  return Math.ceil(seqlen / step) * step
}

/** The largest power of two, 16 at most, that divides every one of `strides`. */
function alignment(strides: readonly number[]): number {
  for (let power = 16; power > 1; power /= 2) {
    if (strides.every((stride) => stride % power === 0)) return power
  }
  return 1
}

/** Which strides are 0: a tensor that is the same along a dimension. */
function broadcast(strides: readonly number[]): string {
  return strides.map((stride) => (stride === 0 ? 0 : 1)).join('')
}

function scoreViewKey({ offset, batchStride, headStride, rowStride }: ScoreView): string {
  const strides = [batchStride, headStride, rowStride]
  return `${broadcast(strides)}a${alignment([offset, ...strides])}`
}

function headViewsKey(views: readonly HeadView[]): string {
  const strides = views.flatMap((view) => [view.batchStride, view.seqStride, view.headStride])
  return `${broadcast(strides)}a${alignment([...views.map(({ offset }) => offset), ...strides])}`
}

/**
 * What selects code: problems of one key may share a plan. Lengths count by their
 * {@link seqlenBucket}, strides by their alignment and whether they are 0, scalars by whether they are in use.
 */
export function planKey(problem: AttentionProblem): string {
  const { mask, attentionBias, projectionBias, past, rotary } = problem
  return [
    problem.dtype,
    problem.layout,
    problem.batch,
    seqlenBucket(problem.seqlenQ),
    seqlenBucket(problem.seqlenK),
    problem.numHeads,
    problem.numHeadsKv,
    problem.headDim,
    problem.headDimV,
    problem.softcap !== 0,
    problem.causal,
    problem.causalOffset === 'per-batch',
    problem.windowLeft >= 0,
    problem.windowRight >= 0,
    mask === null ? '' : `${mask.kind} ${mask.dtype} ${mask.filterValue > -1000}`,
    mask?.view === undefined ? '' : scoreViewKey(mask.view),
    problem.emptyRows,
    attentionBias === null ? '' : `${attentionBias.dtype} ${scoreViewKey(attentionBias.view)}`,
    projectionBias === null ? '' : `${projectionBias.q}${projectionBias.k}${projectionBias.v}`,
    past === null
      ? ''
      : `past ${past.bufferLength !== null}${past.perBatch}${newKeys(problem) > 0}`,
    problem.cacheStacked,
    problem.keyLengths === null ? '' : `keys ${problem.keyLengths === 'per-batch'}`,
    problem.qkNorm !== null,
    rotary === null ? '' : `rotary ${rotary.dim}${rotary.interleaved}${rotary.base === null}`,
    problem.softmaxPrecision,
    problem.present,
    problem.varlen,
    problem.sink,
    problem.qkOutput,
    problem.qkHidden,
    problem.softmaxLse,
    headViewsKey([problem.q, problem.k, problem.v, problem.output]),
  ].join('|')
}
