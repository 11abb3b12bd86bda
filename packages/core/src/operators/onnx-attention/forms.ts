import { headsFirstView } from '../../problem/layout-views.js'
import { denseView } from '../../problem/view-extent.js'
import type { HeadView } from '../../problem/views.js'
import { headDimOf } from '../head-dim-of.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'

/** The sizes that Q, K and V came in. */
export interface Form {
  readonly layout: 'bnsh' | 'bsnh'
  readonly batch: number
  readonly seqlenQ: number
  readonly newKeys: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  readonly headDimV: number
}

const NAMES = ['q', 'k', 'v'] as const

/** Recognises the form of Q, K and V by O1 to O7; null when faults keep it from being recognised. */
export function readForm(args: Arguments): Form | null {
  const { specs } = args
  const q = specs.get('q')
  if (q === undefined || !requireRank(args, 'q', q, [3, 4], 'O1')) return null
  const ranked = NAMES.map((name) => {
    const spec = specs.get(name)
    return spec !== undefined && requireRank(args, name, spec, [q.shape.length], 'O1')
  })
  if (ranked.includes(false)) return null
  const form = q.shape.length === 4 ? headsFirst(args) : sideBySide(args)
  if (form === null) return null
  const { batch, newKeys } = form
  requireSize(args, 'k', 0, batch, 'B of q', 'O7')
  requireSize(args, 'v', 0, batch, 'B of q', 'O7')
  requireSize(args, 'v', form.layout === 'bnsh' ? 2 : 1, newKeys, 'L of k', 'O7')
  return form
}

function headsFirst(args: Arguments): Form | null {
  const { specs } = args
  const [q, k, v] = NAMES.map((name) => specs.get(name)!.shape as [number, number, number, number])
  const [batch, numHeads, seqlenQ, headDim] = q!
  const [, numHeadsKv, newKeys] = k!
  requireSize(args, 'k', 3, headDim, 'H of q', 'O6')
  requireSize(args, 'v', 1, numHeadsKv, 'heads of k', 'O7')
  requireHeads(args, 'qNumHeads', numHeads)
  requireHeads(args, 'kvNumHeads', numHeadsKv)
  const counted = [
    requireSome(args, 'q.shape[1]', numHeads),
    requireSome(args, 'k.shape[1]', numHeadsKv),
    requireSome(args, 'q.shape[3]', headDim),
    requireSome(args, 'v.shape[3]', v![3]),
  ]
  if (counted.includes(false)) return null
  requireGroups(args, 'q.shape[1]', numHeads, numHeadsKv)
  const sizes = { batch, seqlenQ, newKeys, numHeads, numHeadsKv, headDim, headDimV: v![3] }
  return { layout: 'bnsh', ...sizes }
}

function requireSome({ list }: Arguments, path: string, count: number): boolean {
  return list.require(count >= 1, path, count, 'at least 1', 'E9')
}

function requireGroups({ list }: Arguments, path: string, heads: number, headsKv: number): void {
  const required = `a multiple of the heads of k, ${headsKv}`
  list.require(heads % headsKv === 0, path, heads, required, 'O5')
}

function requireHeads({ attributes, list }: Arguments, name: string, heads: number): void {
  const given = attributes[name]
  const agrees = given === undefined || given === heads
  list.require(agrees, name, given, `${heads}, as the shapes have, or nothing`, 'O3')
}

function sideBySide(args: Arguments): Form | null {
  const { specs } = args
  const numHeads = requiredHeads(args, 'qNumHeads')
  const numHeadsKv = requiredHeads(args, 'kvNumHeads')
  if (numHeads === null || numHeadsKv === null) return null
  requireGroups(args, 'qNumHeads', numHeads, numHeadsKv)
  const headDim = headDimOf(args, 'q', numHeads, 'O4')
  const headDimK = headDimOf(args, 'k', numHeadsKv, 'O4')
  const headDimV = headDimOf(args, 'v', numHeadsKv, 'O4')
  if (headDim === null || headDimK === null || headDimV === null) return null
  requireSize(args, 'k', 2, headDim * numHeadsKv, 'kvNumHeads · H of q', 'O6')
  const [batch, seqlenQ] = specs.get('q')!.shape as [number, number]
  const newKeys = specs.get('k')!.shape[1]!
  const sizes = { batch, seqlenQ, newKeys, numHeads, numHeadsKv, headDim, headDimV }
  return { layout: 'bsnh', ...sizes }
}

function requiredHeads(args: Arguments, name: string): number | null {
  const { attributes, list } = args
  const heads = attributes[name]
  const isGiven = list.require(heads !== undefined, name, heads, 'a number with rank 3', 'O2')
  if (!isGiven || typeof heads !== 'number') return null
  return requireSome(args, name, heads) ? heads : null
}

/** The views of Q, K, V and the output, of which Q and the output have the same form. */
export function viewsOf(form: Form): Record<'q' | 'k' | 'v' | 'output', HeadView> {
  const { layout, seqlenQ, newKeys, numHeads, numHeadsKv, headDim, headDimV } = form
  const view = (seqlen: number, heads: number, dim: number) =>
    layout === 'bnsh' ? headsFirstView(seqlen, heads, dim) : denseView(seqlen, heads, dim, false)
  return {
    q: view(seqlenQ, numHeads, headDim),
    k: view(newKeys, numHeadsKv, headDim),
    v: view(newKeys, numHeadsKv, headDimV),
    output: view(seqlenQ, numHeads, headDimV),
  }
}
