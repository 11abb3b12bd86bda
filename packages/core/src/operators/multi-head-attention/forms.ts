import type { Layout } from '../../problem/layout.js'
import { headDimOf } from '../head-dim-of.js'
import type { TensorSpec } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { readHeadCount } from '../scalar-attributes.js'
import { requireRank, requireSize } from '../shape-rules.js'

/** In which of the forms Q, K and V came, and the sizes that follow from them. */
export interface Form {
  readonly layout: Layout
  /** Whether key and value are (B, N, L, H). */
  readonly headsFirst: boolean
  readonly batch: number
  readonly seqlenQ: number
  readonly newKeys: number
  readonly numHeads: number
  readonly headDim: number
  readonly headDimV: number
}

/** Recognises the form of Q, K and V by M1 to M5; null when faults keep it from being recognised. */
export function readForm(args: Arguments): Form | null {
  const { given, specs, list } = args
  const query = specs.get('query')
  const key = specs.get('key')
  const value = specs.get('value')
  if (given.has('value')) list.require(given.has('key'), 'key', undefined, 'a key with value', 'M5')
  const heads = readHeadCount(args)
  const isRank = query !== undefined && requireRank(args, 'query', query, [3, 5], 'M1')
  if (!isRank || (given.has('key') && !key) || (given.has('value') && !(value && key))) return null
  if (heads === null) return null
  if (key && value) return separate(args, query, key, value, heads)
  return key ? packedKeys(args, query, key, heads) : packedAll(args, query, heads)
}

function separate(
  args: Arguments,
  query: TensorSpec,
  key: TensorSpec,
  value: TensorSpec,
  heads: number,
): Form | null {
  const ranked = [
    requireRank(args, 'query', query, [3], 'M3'),
    requireRank(args, 'key', key, [3, 4], 'M3') &&
      requireRank(args, 'value', value, [key.shape.length], 'M3'),
  ]
  if (ranked.includes(false)) return null
  const [batch, seqlenQ] = query.shape as [number, number]
  requireSize(args, 'key', 0, batch, 'B of query', 'M3')
  requireSize(args, 'value', 0, batch, 'B of query', 'M3')
  const headDim = headDimOf(args, 'query', heads, 'E6')
  const sizes = { layout: 'bsnh' as const, batch, seqlenQ, numHeads: heads }
  if (key.shape.length === 4) {
    if (headDim === null) return null
    headsFirstSizes(args, key, heads, headDim)
    return { ...sizes, headsFirst: true, newKeys: key.shape[2]!, headDim, headDimV: headDim }
  }
  requireSize(args, 'key', 2, query.shape[2]!, 'D of query', 'M3')
  requireSize(args, 'value', 1, key.shape[1]!, 'L of key', 'M3')
  const headDimV = headDimOf(args, 'value', heads, 'E8')
  if (headDim === null || headDimV === null) return null
  return { ...sizes, headsFirst: false, newKeys: key.shape[1]!, headDim, headDimV }
}

function headsFirstSizes(args: Arguments, key: TensorSpec, heads: number, headDim: number): void {
  for (const input of ['key', 'value']) {
    requireSize(args, input, 1, heads, 'N, numHeads', 'M3')
    requireSize(args, input, 3, headDim, 'H of query', 'M3')
  }
  requireSize(args, 'value', 2, key.shape[2]!, 'L of key', 'M3')
}

function packedKeys(
  args: Arguments,
  query: TensorSpec,
  key: TensorSpec,
  heads: number,
): Form | null {
  const ranked = [
    requireRank(args, 'query', query, [3], 'M2'),
    requireRank(args, 'key', key, [5], 'M2'),
  ]
  if (ranked.includes(false)) return null
  const [batch, seqlenQ] = query.shape as [number, number]
  requireSize(args, 'key', 0, batch, 'B of query', 'M2')
  requireSize(args, 'key', 2, heads, 'N, numHeads', 'M2')
  requireSize(args, 'key', 3, 2, 'K and V', 'M2')
  const headDim = headDimOf(args, 'query', heads, 'E6')
  if (headDim === null) return null
  requireSize(args, 'key', 4, headDim, 'H of query', 'M2')
  const newKeys = key.shape[1]!
  const dims = { headDim, headDimV: headDim, numHeads: heads }
  return { layout: 'bsn2h', headsFirst: false, batch, seqlenQ, newKeys, ...dims }
}

function packedAll(args: Arguments, query: TensorSpec, heads: number): Form | null {
  if (!requireRank(args, 'query', query, [5], 'M4')) return null
  const [batch, seqlenQ, , , headDim] = query.shape as [number, number, number, number, number]
  requireSize(args, 'query', 2, heads, 'N, numHeads', 'E7')
  requireSize(args, 'query', 3, 3, 'Q, K and V', 'M4')
  if (!args.list.require(headDim > 0, 'query.shape[4]', headDim, 'at least 1', 'E9')) return null
  const dims = { headDim, headDimV: headDim, numHeads: heads }
  return { layout: 'bsn3h', headsFirst: false, batch, seqlenQ, newKeys: seqlenQ, ...dims }
}
