import type { AttentionProblem } from '../problem/attention-problem.js'
import type { Candidate, Decision } from './decision.js'

/** A problem in a few words, e.g. `float16 bsnh 1×128×12×64`. */
export function problemText(problem: AttentionProblem): string {
  const { dtype, layout, batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV } =
    problem
  const pair = (a: number, b: number) => (a === b ? `${a}` : `${a}/${b}`)
  const sizes = [
    `batch ${batch}`,
    `seqlen ${pair(seqlenQ, seqlenK)}`,
    `heads ${pair(numHeads, numHeadsKv)}`,
    `head dim ${pair(headDim, headDimV)}`,
  ]
  return `${dtype} ${layout}${problem.causal ? ' causal' : ''}, ${sizes.join(', ')}`
}

function candidateText({ backend, status, reasons }: Candidate): string {
  const codes = reasons.map(({ code }) => code).join(' ')
  return codes === '' ? `${backend} ${status}` : `${backend} ${status} (${codes})`
}

/** A decision on one line, as `ATTNKIT_DEBUG=dispatch` prints it. */
export function decisionLine(problem: AttentionProblem, decision: Decision): string {
  const { backend, variant, device, policy, candidates, environment } = decision
  const chosen = backend === '' ? 'no backend' : `${backend} ${variant} on ${device}`
  const others = candidates.filter(({ status }) => status !== 'chosen').map(candidateText)
  const projections = candidates
    .filter(({ status }) => status === 'chosen')
    .flatMap(({ notes }) => notes.filter(({ subject }) => subject === 'projection'))
  const variables = environment.map(({ variable, value }) => `${variable}=${value}`)
  return [
    `attnkit: ${problem.operator} ${problemText(problem)} → ${chosen} (${policy})`,
    ...projections.map(({ text }) => text),
    ...others,
    ...variables,
  ].join('; ')
}
