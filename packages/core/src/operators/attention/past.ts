import type { PastSpec } from '../../problem/attention-problem.js'
import type { ProjectedHeads } from '../projected-heads.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import { readSharedBuffer, requireOneNumber } from '../shared-buffer.js'

/** The sizes of a call: (B, S, Di), and the heads that it is projected to. */
export interface Sizes extends ProjectedHeads {
  readonly batch: number
  readonly seqlen: number
}

/**
 * The past by A12 to A19, A24 and E15; null when there is none, undefined when faults keep it from
 * being known. `sizes`: null where they are not known.
 */
export function readPast(args: Arguments, sizes: Sizes | null): PastSpec | null | undefined {
  const { specs, given, attributes } = args
  const shared = Boolean(attributes.pastPresentShareBuffer)
  if (shared) requireBuffer(args)
  requirePresent(args)
  if (sizes !== null) requireEqualWidths(args, sizes)
  const past = specs.get('past')
  const isRank = past !== undefined && requireRank(args, 'past', past, [5], 'A13')
  if (!shared && !given.has('past')) requireLength(args, 0)
  if (!given.has('past')) return null
  if (!isRank || sizes === null) return undefined
  requireSize(args, 'past', 0, 2, 'keys and values', 'A14')
  requireSize(args, 'past', 1, sizes.batch, 'B of input', 'A15')
  requireSize(args, 'past', 2, sizes.heads.numHeads, 'N, numHeads', 'A16')
  requireSize(args, 'past', 4, sizes.heads.headDim, 'H', 'A17')
  const rows = past.shape[3]!
  if (shared) return readBuffer(args, sizes.seqlen, rows)
  requireLength(args, rows)
  return { seqlen: rows, perBatch: false, bufferLength: null }
}

function requireBuffer(args: Arguments): void {
  const { given, list } = args
  const required = 'a past with pastPresentShareBuffer'
  list.require(given.has('past'), 'past', undefined, required, 'A18')
  requireOneNumber(args, 'A18')
}

function readBuffer(args: Arguments, newKeys: number, rows: number): PastSpec | undefined {
  const mask = args.specs.get('maskIndex')
  const isSquare = mask?.shape.length === 4
  if (isSquare) requireSize(args, 'maskIndex', 3, rows, 'M of past', 'A22')
  return readSharedBuffer(args, newKeys, rows, 'A19')
}

function requirePresent({ given, requested, list }: Arguments): void {
  if (!given.has('past') || requested.has('present')) return
  list.add('outputs.present', 'not asked for', 'true, or a tensor for it, with a past', 'A24')
}

function requireEqualWidths({ given, requested, list }: Arguments, sizes: Sizes): void {
  if (!given.has('past') && !requested.has('present')) return
  const { headDim, headDimV, numHeads } = sizes.heads
  const required = `${headDim * numHeads}, as K, with a past or present`
  const equal = headDimV === headDim
  list.require(equal, 'qkvHiddenSizes[2]', headDimV * numHeads, required, 'A12')
}

function requireLength({ given, scalars, list }: Arguments, rows: number): void {
  const name = 'pastSequenceLength'
  if (!given.has(name)) return
  const required = `${rows}, the length of the past, without pastPresentShareBuffer`
  list.require(scalars[name] === rows, name, scalars[name], required, 'E15')
}
