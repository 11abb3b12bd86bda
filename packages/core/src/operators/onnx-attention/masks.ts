import type { AttentionProblem, MaskSpec } from '../../problem/attention-problem.js'
import type { ScoreView } from '../../problem/views.js'
import { isFloatDtype } from '../../tensor/dtype.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank } from '../shape-rules.js'

const NAME = 'attnMask'

/** The sizes that a mask broadcasts to; `total`: past and new keys. */
interface Sizes {
  readonly batch: number
  readonly numHeads: number
  readonly seqlenQ: number
  readonly total: number
}

/** What `attnMask` is in a problem. */
export interface ReadMask {
  readonly mask: MaskSpec | null
  readonly attentionBias: AttentionProblem['attentionBias']
  /** How many keys it says something about; those behind are hidden. */
  readonly keys: number
}

/** The mask by O16; null when it cannot be read. `keys`: the keys that its rows are to hold. */
export function readMask(args: Arguments, sizes: Sizes): ReadMask | null {
  const { specs, given } = args
  const none = { mask: null, attentionBias: null, keys: sizes.total }
  if (!given.has(NAME)) return none
  const spec = specs.get(NAME)
  if (spec === undefined || !requireRank(args, NAME, spec, [1, 2, 3, 4], 'O16')) return null
  const { dtype, shape } = spec
  const keys = shape.at(-1)!
  if (!requireBroadcast(args, shape, sizes)) return null
  const view = broadcastView(shape, keys)
  if (dtype === 'bool') {
    const filterValue = Number.NEGATIVE_INFINITY
    return { ...none, keys, mask: { kind: '4d', dtype, view, filterValue } }
  }
  return isFloatDtype(dtype) ? { ...none, keys, attentionBias: { dtype, view } } : null
}

/** Each size of the mask, from the last on, is that of the scores or 1; the last may be any smaller one. */
function requireBroadcast(
  { list }: Arguments,
  shape: readonly number[],
  { batch, numHeads, seqlenQ, total }: Sizes,
): boolean {
  const scores = [batch, numHeads, seqlenQ, total]
  const meanings = ['B', 'heads of q', 'S', 'T, past and new keys']
  const skipped = 4 - shape.length
  const fits = shape.map((size, axis) => {
    const at = axis + skipped
    const [wanted, meaning] = [scores[at]!, meanings[at]]
    const isLast = at === 3
    const ok = isLast ? size <= wanted : size === wanted || size === 1
    const required = isLast ? `at most ${wanted} (${meaning})` : `${wanted} (${meaning}) or 1`
    return list.require(ok, `${NAME}.shape[${axis}]`, size, required, 'O16')
  })
  return !fits.includes(false)
}

/** The view of a contiguous mask whose sizes of 1, and those that it lacks in front, are broadcast. */
export function broadcastView(shape: readonly number[], keys: number): ScoreView {
  const [batches = 1, heads = 1, rows = 1] = [1, 1, 1, 1, ...shape].slice(-4)
  const stride = (size: number, elements: number) => (size === 1 ? 0 : elements)
  return {
    offset: 0,
    batchStride: stride(batches, heads * rows * keys),
    headStride: stride(heads, rows * keys),
    rowStride: stride(rows, keys),
  }
}
