import type { Capabilities, HeadDimRange } from '../backend/capabilities.js'
import { formatOf, type Layout } from '../problem/layout.js'
import type { Random } from './random.js'

/** The sizes of a random problem. */
export interface DrawnSizes {
  readonly layout: Layout
  readonly batch: number
  readonly numHeads: number
  readonly numHeadsKv: number
  readonly headDim: number
  readonly headDimV: number
  readonly seqlenQ: number
  readonly newKeys: number
  /** Keys of the past; null for no past. */
  readonly pastSeqlen: number | null
}

const LONGEST = 4096
const WIDEST = 256

/** Draws sizes log-uniformly, and halves the longest length until the work is at most `maxFlops`. */
export function drawSizes(random: Random, able: Capabilities, maxFlops: number): DrawnSizes {
  const layout = random.pick(able.layouts)
  const format = formatOf(layout)
  const varlen = layout === 'tnh' || layout === 'tn3h'
  const heads = drawHeads(random, able, format === 'QKV')
  const dims = drawHeadDims(random, able, format !== 'Q,K,V')
  const longest = Math.min(LONGEST, able.maxSeqlen)
  // One query at a time is how text is generated.
  const seqlenQ = random.chance(0.1) ? 1 : drawLength(random, longest)
  const square = format === 'QKV' || random.chance(0.4)
  const withPast = able.past && !varlen && random.chance(0.25)
  const onlyPast = withPast && format !== 'QKV' && random.chance(0.15)
  const newKeys = onlyPast ? 0 : square ? seqlenQ : drawLength(random, longest)
  const pastSeqlen = withPast ? drawLength(random, longest) - 1 : null
  const batch = random.logInteger(1, 5)
  return shrink({ layout, batch, ...heads, ...dims, seqlenQ, newKeys, pastSeqlen }, maxFlops)
}

/** A length, one in four at the edge of a tile: a power of two, or one more or less. */
function drawLength(random: Random, longest: number): number {
  if (random.chance(0.75)) return random.logInteger(1, longest)
  const edge = 2 ** random.integer(3, 9) + random.integer(-1, 1)
  return Math.min(edge, longest)
}

function drawHeads(random: Random, able: Capabilities, equal: boolean) {
  const numHeadsKv = random.logInteger(1, 6)
  const group = able.groupedQuery && !equal && random.chance(0.3) ? random.integer(2, 5) : 1
  return { numHeads: numHeadsKv * group, numHeadsKv }
}

function drawHeadDims(random: Random, able: Capabilities, equal: boolean) {
  const headDim = drawHeadDim(random, able.headDim)
  const other = able.headDimV !== 'equal' && !equal && random.chance(0.2)
  const range = able.headDimV === 'equal' ? able.headDim : able.headDimV
  return { headDim, headDimV: other ? drawHeadDim(random, range) : headDim }
}

function drawHeadDim(random: Random, { min, max, multipleOf }: HeadDimRange): number {
  const usual = [64, 128].filter((dim) => dim >= min && dim <= max && dim % multipleOf === 0)
  if (usual.length > 0 && random.chance(0.4)) return random.pick(usual)
  const most = Math.floor(Math.min(max, WIDEST) / multipleOf)
  return random.logInteger(Math.ceil(min / multipleOf), most) * multipleOf
}

function shrink(sizes: DrawnSizes, maxFlops: number): DrawnSizes {
  let { seqlenQ, newKeys, pastSeqlen } = sizes
  const square = formatOf(sizes.layout) === 'QKV' || seqlenQ === newKeys
  const perPair = 2 * sizes.batch * sizes.numHeads * (sizes.headDim + sizes.headDimV)
  while (perPair * seqlenQ * (newKeys + (pastSeqlen ?? 0)) > maxFlops) {
    const longest = Math.max(seqlenQ, newKeys, pastSeqlen ?? 0)
    if (longest === 1) break
    if (longest === pastSeqlen) pastSeqlen = longest >> 1
    else if (square) seqlenQ = newKeys = longest >> 1
    else if (longest === seqlenQ) seqlenQ = longest >> 1
    else newKeys = longest >> 1
  }
  return { ...sizes, seqlenQ, newKeys, pastSeqlen }
}
