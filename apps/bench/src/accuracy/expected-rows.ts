import { type BoundProblem, computeReference, type HostTensor, type RowIndex } from '@attnkit/core'
import { float64Attention } from '@attnkit/cpu'

/**
 * Float64 attention of the rows given: (rows, headDimV). In native code where the addon of `@attnkit/cpu`
 * is there, by the reference otherwise.
 */
export async function expectedRows(
  bound: BoundProblem<HostTensor>,
  rows: readonly RowIndex[],
): Promise<Float64Array> {
  const outputs = (await float64Attention(bound, rows)) ?? (await computeReference(bound, rows))
  return outputs.output
}
