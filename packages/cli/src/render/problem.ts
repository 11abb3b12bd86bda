import type { AttentionProblem } from '@attnkit/core'

/** A problem in one line: sizes first, then only what is not the default. */
export function problemText(problem: AttentionProblem): string {
  const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV } = problem
  const heads = numHeads === numHeadsKv ? `${numHeads}` : `${numHeads}:${numHeadsKv}`
  const dims = headDim === headDimV ? `${headDim}` : `${headDim}:${headDimV}`
  const parts = [
    problem.dtype,
    `batch ${batch}`,
    `seqlen ${seqlenQ}×${seqlenK}`,
    `heads ${heads}`,
    `head dim ${dims}`,
    `layout ${problem.layout} (${problem.format})`,
    ...featureTexts(problem),
  ]
  return parts.join(', ')
}

function featureTexts(problem: AttentionProblem): string[] {
  const { windowLeft, windowRight, mask, past } = problem
  const features: (string | false)[] = [
    problem.causal && 'causal',
    windowRight >= 0 && `window ${windowLeft},${windowRight}`,
    windowRight < 0 && windowLeft >= 0 && `window ${windowLeft}`,
    problem.softcap > 0 && `softcap ${problem.softcap}`,
    mask !== null && `mask ${mask.kind}`,
    problem.attentionBias !== null && 'attention bias',
    problem.projectionBias !== null && 'projection bias',
    past !== null && `past ${past.seqlen}`,
    problem.varlen && 'varlen',
    problem.sink !== 'none' && `sink ${problem.sink}`,
    problem.qkOutput !== 'none' && `qk ${problem.qkOutput}`,
    problem.softmaxLse && 'lse',
  ]
  return features.filter((feature) => typeof feature === 'string')
}
