import type { MaskKind, MaskSpec } from '../../problem/attention-problem.js'
import { maskView } from '../../problem/define-problem.js'
import type { IndexDtype } from '../../tensor/dtype.js'
import { sameShape, shapeText } from '../../tensor/shape.js'
import type { Arguments } from '../read-arguments.js'
import type { Form } from './forms.js'

const NAME = 'keyPaddingMask'

/** The key padding mask by M11; null when there is none. */
export function readMask(args: Arguments, form: Form, seqlenK: number): MaskSpec | null {
  const { specs, list, attributes } = args
  const filterValue = attributes.maskFilterValue as number
  const isFilter = filterValue < Number.POSITIVE_INFINITY
  list.require(isFilter, 'maskFilterValue', filterValue, 'a number below Infinity', 'E5')
  const spec = specs.get(NAME)
  if (spec === undefined) return null
  const kind = kindOf(spec.shape, form, seqlenK)
  if (kind === null) {
    list.add(`${NAME}.shape`, shapeText(spec.shape), allowedShapes(form, seqlenK), 'M11')
    return null
  }
  const dtype = spec.dtype as IndexDtype
  if (kind !== 'lengths') {
    const { numHeads, seqlenQ } = form
    return { kind, dtype, filterValue, view: maskView(kind, { numHeads, seqlenQ, seqlenK }) }
  }
  list.require(dtype === 'int32', `${NAME}.dtype`, dtype, 'int32 for lengths', 'E10')
  return { kind, dtype, filterValue }
}

function kindOf(
  shape: readonly number[],
  { batch, seqlenQ }: Form,
  seqlenK: number,
): Extract<MaskKind, 'lengths' | '2d' | '3d'> | null {
  if (sameShape(shape, [batch]) || sameShape(shape, [3 * batch + 2])) return 'lengths'
  if (sameShape(shape, [batch, seqlenK])) return '2d'
  return sameShape(shape, [batch, seqlenQ, seqlenK]) ? '3d' : null
}

function allowedShapes({ batch, seqlenQ }: Form, seqlenK: number): string {
  const shapes = [[batch], [3 * batch + 2], [batch, seqlenK], [batch, seqlenQ, seqlenK]]
  return `(B), (3·B + 2), (B, T) or (B, S, T): ${shapes.map(shapeText).join(', ')}`
}
