import { AttentionError, type AttentionProblem, type DeviceProperties } from '@attnkit/core'
import { estimateVariant } from './estimate.js'
import { type Variant, variantsFor } from './variants.js'

/** The kernel expected to be fastest. Throws `internal` where no kernel serves the problem. */
export function chooseVariant(problem: AttentionProblem, device: DeviceProperties): Variant {
  const [first, ...others] = variantsFor(problem, device)
  if (first === undefined) {
    throw new AttentionError(
      'internal',
      `${problem.operator}: cuda-flash has no kernel for head dims ${problem.headDim} and ${problem.headDimV} in ${problem.dtype}. Ask supports() first.`,
      { operator: problem.operator },
    )
  }
  const time = (variant: Variant) => estimateVariant(problem, variant, device)
  return others.reduce((best, one) => (time(one) < time(best) ? one : best), first)
}
