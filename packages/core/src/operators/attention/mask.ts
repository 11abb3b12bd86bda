import type { AttentionProblem, MaskSpec } from '../../problem/attention-problem.js'
import { sameShape, shapeText } from '../../tensor/shape.js'
import { readMaskSpec } from '../mask-spec.js'
import type { Arguments } from '../read-arguments.js'

interface Sizes extends Pick<AttentionProblem, 'batch' | 'numHeads' | 'seqlenQ'> {
  readonly seqlenK: number
}

const NAME = 'maskIndex'

/**
 * The mask by A20; null when there is none, or one that ONNX Runtime knows as a dummy. `seqlenK`:
 * null where it is not known.
 */
export function readMask(
  args: Arguments,
  { seqlenK, ...others }: Omit<Sizes, 'seqlenK'> & { readonly seqlenK: number | null },
  filterValue: number,
): MaskSpec | null {
  const { specs, list } = args
  const spec = specs.get(NAME)
  if (spec === undefined || seqlenK === null) return null
  const sizes = { ...others, seqlenK }
  const kind = kindOf(spec.shape, sizes)
  if (kind === 'dummy') return null
  if (kind === null) {
    list.add(`${NAME}.shape`, shapeText(spec.shape), allowedShapes(sizes), 'A20')
    return null
  }
  const mask = readMaskSpec(args, NAME, kind, filterValue, sizes)
  return kind === '4d' ? { ...mask, view: lastRows(args, spec.shape[3]!, sizes) } : mask
}

/**
 * By the order of ONNX Runtime's tests. A row of one key sees it, masked or not: no need of a mask.
 */
function kindOf(
  shape: readonly number[],
  { batch, seqlenQ, seqlenK }: Sizes,
): MaskSpec['kind'] | 'dummy' | null {
  const [first, second, third, fourth] = shape
  if (shape.length === 1) {
    if (first === batch) return 'lengths'
    if (first === 2 * batch) return 'start-end'
    return first === 3 * batch + 2 ? 'lengths' : null
  }
  if (shape.length === 2) {
    if (second === 1 && (first === 1 || first === batch)) return 'dummy'
    return sameShape(shape, [batch, seqlenK]) ? '2d' : null
  }
  if (shape.length === 3) return sameShape(shape, [batch, seqlenQ, seqlenK]) ? '3d' : null
  const isSquare = third === fourth && third !== undefined && third >= seqlenK
  return shape.length === 4 && first === batch && second === 1 && isSquare ? '4d' : null
}

/** Queries are the last of the T positions: query i reads row T - S + i. */
function lastRows(
  { attributes, list }: Arguments,
  size: number,
  { seqlenQ, seqlenK }: Sizes,
): NonNullable<MaskSpec['view']> {
  const causal = Boolean(attributes.unidirectional)
  list.require(!causal, 'unidirectional', true, 'false with a mask (B, 1, M, M)', 'A20')
  const offset = (seqlenK - seqlenQ) * size
  return { offset, batchStride: size * size, headStride: 0, rowStride: size }
}

function allowedShapes({ batch, seqlenQ, seqlenK }: Sizes): string {
  const shapes = [
    [batch],
    [2 * batch],
    [3 * batch + 2],
    [batch, seqlenK],
    [1, 1],
    [batch, 1],
    [batch, seqlenQ, seqlenK],
  ]
  const square = `(${batch}, 1, M, M) with M of at least ${seqlenK}`
  return `${shapes.map(shapeText).join(', ')} or ${square}`
}
