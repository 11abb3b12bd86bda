import type { AttentionProblem } from './attention-problem.js'

/**
 * Floating point operations as they are counted in benchmarks of attention: two for each multiply and
 * add of Q·K and of P·V, half of it when causal and square. Masks, windows and the lengths of varlen
 * sequences are not taken off.
 */
export function problemFlops(problem: AttentionProblem): number {
  const { batch, seqlenQ, seqlenK, numHeads, headDim, headDimV } = problem
  const whole = 2 * batch * numHeads * seqlenQ * seqlenK * (headDim + headDimV)
  return problem.causal && seqlenQ === seqlenK ? whole / 2 : whole
}
