import { type AttentionProblem, EXCLUSION_THRESHOLD } from '../problem/attention-problem.js'
import { newKeys } from '../problem/head-axes.js'
import { layoutViews } from '../problem/layout-views.js'

/** The features that a problem exercises, by the names that coverage is counted with. */
export function featuresOf(problem: AttentionProblem): readonly string[] {
  const { mask, past, causalOffset } = problem
  const flags: Readonly<Record<string, boolean>> = {
    causal: problem.causal,
    'causal-offset': causalOffset === 'per-batch' || causalOffset !== 0,
    'causal-offset-per-batch': causalOffset === 'per-batch',
    'window-left': problem.windowLeft >= 0,
    'window-right': problem.windowRight >= 0,
    softcap: problem.softcap !== 0,
    'negative-scale': problem.softmaxScale < 0,
    'additive-mask': mask !== null && mask.filterValue > EXCLUSION_THRESHOLD,
    'empty-rows-ignore-mask': mask !== null && problem.emptyRows === 'ignore-mask',
    'attention-bias': problem.attentionBias !== null,
    'projection-bias': problem.projectionBias !== null,
    past: past !== null,
    'shared-buffer': past !== null && past.bufferLength !== null,
    present: problem.present,
    varlen: problem.varlen,
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
