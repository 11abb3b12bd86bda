import { type AttentionProblem, EXCLUSION_THRESHOLD } from '../problem/attention-problem.js'
import { newKeys } from '../problem/head-axes.js'
import { layoutViews } from '../problem/layout-views.js'

/** The features that a problem exercises, by the names that coverage is counted with. */
export function featuresOf(problem: AttentionProblem): readonly string[] {
  const { mask, past, causalOffset, keyLengths, rotary } = problem
  const flags: Readonly<Record<string, boolean>> = {
    causal: problem.causal,
    'causal-offset': causalOffset === 'per-batch' || causalOffset !== 0,
    'causal-offset-per-batch': causalOffset === 'per-batch',
    'window-left': problem.windowLeft >= 0,
    'window-right': problem.windowRight >= 0,
    'key-lengths': keyLengths !== null,
    'key-lengths-per-batch': keyLengths === 'per-batch',
    softcap: problem.softcap !== 0,
    'negative-scale': problem.softmaxScale < 0,
    'additive-mask': mask !== null && mask.filterValue > EXCLUSION_THRESHOLD,
    'empty-rows-ignore-mask': mask !== null && problem.emptyRows === 'ignore-mask',
    'attention-bias': problem.attentionBias !== null,
    'projection-bias': problem.projectionBias !== null,
    'qk-norm': problem.qkNorm !== null,
    rotary: rotary !== null,
    'rotary-interleaved': rotary?.interleaved === true,
    'rotary-part': rotary !== null && rotary.dim < problem.headDim,
    'rotary-tables': rotary !== null && rotary.base === null,
    'rotary-positions': rotary?.positions === true,
    past: past !== null,
    'past-only': past !== null && newKeys(problem) === 0,
    'past-per-batch': past?.perBatch === true,
    'past-buffer': past !== null && past.bufferLength !== null,
    'stacked-cache': problem.cacheStacked,
    present: problem.present,
    varlen: problem.varlen,
    'softmax-float64': problem.softmaxPrecision === 'float64',
    'softmax-lse': problem.softmaxLse,
    'grouped-queries': problem.numHeads !== problem.numHeadsKv,
    'head-dim-v': problem.headDim !== problem.headDimV,
    'cross-attention': problem.seqlenQ !== newKeys(problem),
    'one-query': problem.seqlenQ === 1,
    strided: isStrided(problem),
  }
  return [
    problem.dtype,
    problem.layout,
    `mask-${mask?.kind ?? 'none'}`,
    ...(problem.sink === 'none' ? [] : [`sink-${problem.sink}`]),
    ...(problem.qkOutput === 'none' ? [] : [`qk-${problem.qkOutput}`]),
    ...Object.keys(flags).filter((name) => flags[name]),
  ]
}

function isStrided(problem: AttentionProblem): boolean {
  const { q } = layoutViews(problem.layout, { ...problem, newKeys: newKeys(problem) })
  return q.seqStride !== problem.q.seqStride
}
