import { type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'

/** Filter values of masks; undefined is the default, -10000. */
export const MASK_FILTERS = [
  undefined,
  undefined,
  -10000,
  -3,
  Number.NEGATIVE_INFINITY,
  -1e9,
] as const

/** Whether a filter value is one that is added to the scores. */
export function isAdded(filter: number | undefined): boolean {
  return filter !== undefined && filter > -1000
}

/**
 * Whether ONNX Runtime computes rows whose every key is masked as if there were no mask: else NaN
 * or the mean of V.
 */
export function agreesOnMaskedRows(filter: number | undefined): boolean {
  return filter === undefined || filter >= -10000
}

export type RandomMaskKind = 'lengths' | 'start-end' | '3b+2' | '2d' | '3d'

interface Sizes {
  readonly batch: number
  readonly seqlenQ: number
  readonly total: number
}

type IsKept = (batch: number, query: number, key: number) => boolean

/** An int32 mask of a kind, and which keys it keeps. */
export function randomMask(
  random: Random,
  kind: RandomMaskKind,
  sizes: Sizes,
): { readonly mask: HostTensor<'int32'>; readonly isKept: IsKept } {
  if (kind === '2d' || kind === '3d') return cellMask(random, kind, sizes)
  const { batch, total } = sizes
  const numbers = (least: number, most: number) =>
    Array.from({ length: batch }, () => random.integer(least, most))
  const ends = numbers(0, total)
  if (kind === 'start-end') {
    const starts = numbers(-1, total)
    const mask = vector([...ends, ...starts])
    return { mask, isKept: (b, _q, j) => j >= starts[b]! && j < ends[b]! }
  }
  const cumulative = Array.from({ length: 2 * (batch + 1) }, (_, i) => i % (batch + 1))
  const mask = vector(kind === 'lengths' ? ends : [...ends, ...cumulative])
  return { mask, isKept: (b, _q, j) => j < ends[b]! }
}

function vector(values: readonly number[]): HostTensor<'int32'> {
  return tensor(Int32Array.from(values), [values.length])
}

function cellMask(random: Random, kind: '2d' | '3d', { batch, seqlenQ, total }: Sizes) {
  const rows = kind === '2d' ? 1 : seqlenQ
  const density = random.pick([0.1, 0.5, 0.9])
  const cells = Int32Array.from({ length: batch * rows * total }, () =>
    random.chance(density) ? random.integer(1, 3) : random.integer(-1, 0),
  )
  const shape = kind === '2d' ? [batch, total] : [batch, seqlenQ, total]
  const isKept: IsKept = (b, q, j) => cells[(b * rows + (kind === '2d' ? 0 : q)) * total + j]! > 0
  return { mask: tensor(cells, shape), isKept }
}

/**
 * The (batch, query) rows, as batch · seqlenQ + query, all of whose keys are masked, of those that
 * causal lets them see behind `past` keys.
 */
export function maskedRows(
  isKept: IsKept,
  sizes: Sizes & { readonly past: number; readonly causal: boolean },
): ReadonlySet<number> {
  const { batch, seqlenQ, total, past, causal } = sizes
  const masked = new Set<number>()
  for (let row = 0; row < batch * seqlenQ; row++) {
    const [b, q] = [Math.floor(row / seqlenQ), row % seqlenQ]
    const end = causal ? Math.min(q + past + 1, total) : total
    let any = false
    for (let j = 0; j < end; j++) any ||= isKept(b, q, j)
    if (!any) masked.add(row)
  }
  return masked
}
