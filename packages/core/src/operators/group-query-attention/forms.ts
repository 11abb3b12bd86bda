import { denseView } from '../../problem/view-extent.js'
import type { HeadView } from '../../problem/views.js'
import { headDimOf } from '../head-dim-of.js'
import type { TensorSpec } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { readHeadCount } from '../scalar-attributes.js'
import { requireRank, requireSize } from '../shape-rules.js'

/** The sizes that Q, K and V came in. */
export interface Form {
  /** Whether query holds K and V too. */
  readonly packed: boolean
  readonly batch: number
  readonly seqlenQ: number
  /** As many as queries, or 0. */
  readonly newKeys: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
}

/** Recognises the form of Q, K and V by G1 to G6; null when faults keep it from being recognised. */
export function readForm(args: Arguments): Form | null {
  const { given, specs, list } = args
  const [query, key, value] = ['query', 'key', 'value'].map((name) => specs.get(name))
  const both = given.has('key') === given.has('value')
  const missing = given.has('key') ? 'value' : 'key'
  list.require(both, missing, undefined, 'key and value, or neither when packed', 'G4')
  const numHeads = readHeadCount(args)
  const numHeadsKv = readHeadCount(args, 'kvNumHeads')
  const isRank = query !== undefined && requireRank(args, 'query', query, [3], 'G2')
  if (!isRank || !both || numHeads === null || numHeadsKv === null) return null
  const multiple = `a multiple of kvNumHeads, ${numHeadsKv}`
  list.require(numHeads % numHeadsKv === 0, 'numHeads', numHeads, multiple, 'G1')
  const [batch, seqlenQ] = query.shape as [number, number]
  const packed = !given.has('key')
  const headDim = headDimOf(args, 'query', packed ? numHeads + 2 * numHeadsKv : numHeads, 'E6')
  if (headDim === null) return null
  const form = { packed, batch, seqlenQ, newKeys: seqlenQ, numHeads, numHeadsKv, headDim }
  if (packed) return form
  return key && value ? separate(args, form, key, value) : null
}

function separate(args: Arguments, form: Form, key: TensorSpec, value: TensorSpec): Form | null {
  const ranked = [
    requireRank(args, 'key', key, [3], 'G5'),
    requireRank(args, 'value', value, [3], 'G5'),
  ]
  if (ranked.includes(false)) return null
  const { batch, seqlenQ, numHeadsKv, headDim } = form
  const [, newKeys, width] = key.shape as [number, number, number]
  const hasPast = args.given.has('pastKey')
  const isNew = newKeys === seqlenQ || (hasPast && newKeys === 0)
  const required = hasPast ? `${seqlenQ} (S of query), or 0` : `${seqlenQ} (S of query)`
  args.list.require(isNew, 'key.shape[1]', newKeys, required, 'G5')
  requireSize(args, 'key', 0, batch, 'B of query', 'G5')
  requireSize(args, 'value', 0, batch, 'B of query', 'G5')
  requireSize(args, 'value', 1, newKeys, 'L of key', 'G5')
  requireSize(args, 'value', 2, width, 'the width of key', 'G5')
  requireSize(args, 'key', 2, numHeadsKv * headDim, 'kvNumHeads · H of query', 'G6')
  return { ...form, newKeys }
}

/** The views of Q, K and V. */
export function viewsOf(form: Form): Record<'q' | 'k' | 'v', HeadView> {
  const { packed, seqlenQ, newKeys, numHeads, numHeadsKv, headDim } = form
  if (!packed) {
    const keys = denseView(newKeys, numHeadsKv, headDim, false)
    return { q: denseView(seqlenQ, numHeads, headDim, false), k: keys, v: keys }
  }
  const all = denseView(seqlenQ, numHeads + 2 * numHeadsKv, headDim, false)
  return {
    q: all,
    k: { ...all, offset: numHeads * headDim },
    v: { ...all, offset: (numHeads + numHeadsKv) * headDim },
  }
}
