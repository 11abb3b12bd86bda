import type { AttentionProblem, MaskSpec } from '../problem/attention-problem.js'
import { maskView } from '../problem/define-problem.js'
import type { IndexDtype } from '../tensor/dtype.js'
import type { Arguments } from './read-arguments.js'

type Sizes = Pick<AttentionProblem, 'numHeads' | 'seqlenQ' | 'seqlenK'>

/**
 * The mask that the input `name` is, of the kind that its shape says; lengths are int32 by rule
 * E10.
 */
export function readMaskSpec(
  args: Arguments,
  name: string,
  kind: MaskSpec['kind'],
  filterValue: number,
  sizes: Sizes,
): MaskSpec {
  const dtype = args.specs.get(name)!.dtype as IndexDtype
  const mask = { kind, dtype, filterValue }
  if (kind !== 'lengths' && kind !== 'start-end') return { ...mask, view: maskView(kind, sizes) }
  args.list.require(dtype === 'int32', `${name}.dtype`, dtype, 'int32 for lengths', 'E10')
  return mask
}
