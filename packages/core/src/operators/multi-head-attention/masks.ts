import type { MaskKind, MaskSpec } from '../../problem/attention-problem.js'
import { sameShape, shapeText } from '../../tensor/shape.js'
import { readMaskSpec } from '../mask-spec.js'
import type { Arguments } from '../read-arguments.js'
import type { Form } from './forms.js'

const NAME = 'keyPaddingMask'

/** The key padding mask by M11; null when there is none. `seqlenK`: null where it is not known. */
export function readMask(
  args: Arguments,
  form: Form,
  seqlenK: number | null,
  filterValue: number,
): MaskSpec | null {
  const { specs, list } = args
  const spec = specs.get(NAME)
  if (spec === undefined || seqlenK === null) return null
  const kind = kindOf(spec.shape, form, seqlenK)
  if (kind === null) {
    list.add(`${NAME}.shape`, shapeText(spec.shape), allowedShapes(form, seqlenK), 'M11')
    return null
  }
  return readMaskSpec(args, NAME, kind, filterValue, { ...form, seqlenK })
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
