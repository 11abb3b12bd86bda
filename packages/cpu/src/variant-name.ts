import type { AttentionProblem } from '@attnkit/core'
import type { CpuBuild } from './cpu-addon.js'

// Rows of a key head up to which they are taken one at a time (kDecodeRows in the kernels).
const DECODE_ROWS = 4

/**
 * The kernel that runs a problem, as it is shown: `cpu-avx512-t48`, `cpu-avx2-decode`,
 * `cpu-avx2-float64`, `cpu-avx512bf16-pairs48` where products of bfloat16 go by pairs.
 */
export function variantName(problem: AttentionProblem, { isa, queries }: CpuBuild): string {
  const { numHeads, numHeadsKv, seqlenQ, qkOutput, softmaxPrecision } = problem
  if (softmaxPrecision === 'float64') return `cpu-${isa}-float64`
  const group = seqlenQ < (queries ?? 0) ? numHeads / numHeadsKv : 1
  const isDecode = qkOutput === 'none' && seqlenQ * group <= DECODE_ROWS
  const form = goesByPairs(problem, isa) ? 'pairs' : 't'
  return `cpu-${isa}-${isDecode ? 'decode' : `${form}${queries}`}`
}

/** As the kernels decide it (uses_dots in bfloat16_dots.h). */
function goesByPairs(problem: AttentionProblem, isa: string | undefined): boolean {
  const { dtype, headDim, projectionBias: bias, qkNorm, rotary } = problem
  if (isa !== 'avx512bf16' || dtype !== 'bfloat16' || headDim % 2 !== 0) return false
  return !bias?.q && !bias?.k && qkNorm === null && rotary === null
}
