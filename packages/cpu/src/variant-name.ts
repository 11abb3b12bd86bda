import type { AttentionProblem } from '@attnkit/core'
import type { CpuBuild } from './cpu-addon.js'

// Rows of a key head up to which they are taken one at a time (kDecodeRows in the kernels).
const DECODE_ROWS = 4

/** The kernel that runs a problem, as it is shown: `cpu-avx512-t48`, `cpu-avx2-decode`, `cpu-avx2-float64`. */
export function variantName(problem: AttentionProblem, { isa, queries }: CpuBuild): string {
  const { numHeads, numHeadsKv, seqlenQ, qkOutput, softmaxPrecision } = problem
  if (softmaxPrecision === 'float64') return `cpu-${isa}-float64`
  const group = seqlenQ < (queries ?? 0) ? numHeads / numHeadsKv : 1
  const isDecode = qkOutput === 'none' && seqlenQ * group <= DECODE_ROWS
  return `cpu-${isa}-${isDecode ? 'decode' : `t${queries}`}`
}
