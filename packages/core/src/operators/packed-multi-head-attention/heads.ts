import type { Layout } from '../../problem/layout.js'
import { headDimOf } from '../head-dim-of.js'
import type { Arguments } from '../read-arguments.js'
import { readHeadCount } from '../scalar-attributes.js'
import { requireRank, requireSize } from '../shape-rules.js'

/** How the tokens' Q, K and V came. */
export interface PackedHeads {
  readonly layout: Extract<Layout, 'tnh' | 'tn3h'>
  readonly numHeads: number
  readonly headDim: number
  readonly headDimV: number
}

/**
 * Recognises the form of Q, K and V by P1, P3 and P4; null when faults keep it from being known.
 */
export function readPackedHeads(args: Arguments): PackedHeads | null {
  const query = args.specs.get('query')
  const heads = readHeadCount(args)
  if (query === undefined || !requireRank(args, 'query', query, [2, 4], 'P1')) return null
  return query.shape.length === 4 ? together(args, heads) : separate(args, heads)
}

function together(args: Arguments, heads: number | null): PackedHeads | null {
  const { list, specs, given } = args
  for (const name of ['key', 'value']) {
    if (given.has(name)) list.add(name, 'given with a query of rank 4', 'none', 'P3')
  }
  const headDim = specs.get('query')!.shape[3]!
  requireSize(args, 'query', 2, 3, 'Q, K and V', 'E7')
  if (heads !== null) requireSize(args, 'query', 1, heads, 'N, numHeads', 'E7')
  const isAny = list.require(headDim > 0, 'query.shape[3]', headDim, 'at least 1', 'E9')
  if (!isAny || heads === null) return null
  return { layout: 'tn3h', numHeads: heads, headDim, headDimV: headDim }
}

function separate(args: Arguments, heads: number | null): PackedHeads | null {
  const { list, specs, given } = args
  const [tokens, width] = specs.get('query')!.shape as [number, number]
  const ranked = ['key', 'value'].map((name) => {
    const required = 'a tensor with a query of rank 2'
    list.require(given.has(name), name, undefined, required, 'P4')
    const spec = specs.get(name)
    if (spec === undefined || !requireRank(args, name, spec, [2], 'P4')) return false
    return requireSize(args, name, 0, tokens, 'K of query', 'P4')
  })
  if (specs.get('key')?.shape.length === 2) requireSize(args, 'key', 1, width, 'D of query', 'P4')
  if (heads === null) return null
  const headDim = headDimOf(args, 'query', heads, 'E6')
  const headDimV = ranked[1] ? headDimOf(args, 'value', heads, 'E8') : null
  if (headDim === null || headDimV === null) return null
  return { layout: 'tnh', numHeads: heads, headDim, headDimV }
}
