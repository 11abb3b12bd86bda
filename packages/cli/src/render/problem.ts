import type { AttentionProblem, PastSpec, RotarySpec } from '@attnkit/core'

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
    problem.keyLengths !== null && keyLengthsText(problem.keyLengths),
    past !== null && pastText(past),
    problem.qkNorm !== null && 'norm of Q and K',
    problem.rotary !== null && rotaryText(problem.rotary),
    problem.varlen && 'varlen',
    problem.sink !== 'none' && `sink ${problem.sink}`,
    problem.qkOutput !== 'none' && `qk ${problem.qkOutput}`,
    problem.softmaxPrecision !== 'float32' && `softmax in ${problem.softmaxPrecision}`,
    problem.softmaxLse && 'lse',
  ]
  return features.filter((feature) => typeof feature === 'string')
}

function keyLengthsText(lengths: number | 'per-batch'): string {
  return lengths === 'per-batch' ? 'key lengths per batch' : `key length ${lengths}`
}

function pastText({ seqlen, perBatch, bufferLength }: PastSpec): string {
  const most = perBatch ? 'past per batch, at most' : 'past'
  const buffer = bufferLength === null ? '' : ` in a buffer of ${bufferLength}`
  return `${most} ${seqlen}${buffer}`
}

function rotaryText({ dim, interleaved }: RotarySpec): string {
  return `rotary ${dim}${interleaved ? ' interleaved' : ''}`
}
