import type { RowIndex } from '@attnkit/core'

export interface SamplingOptions {
  /** How many (batch, head) pairs, and how many query rows of each. Default: 8, and more where rows are few. */
  readonly pairs?: number
  readonly rowsPerPair?: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** Rows of a tile in the kernels there are; every one's edges are looked at, whichever ran. */
const TILE_ROWS = [48, 64, 128, 192, 256] as const

/** The first and last row, and both sides of every edge of the first and the last tile. */
export function edgeRows(seqlen: number): number[] {
  const rows = [0, seqlen - 1]
  for (const tile of TILE_ROWS) {
    const last = Math.floor((seqlen - 1) / tile) * tile
    rows.push(tile - 1, tile, last - 1, last)
  }
  return rows.filter((row) => row >= 0 && row < seqlen)
}

/** `first` completed by random numbers below `limit` to `count` different ones, ascending. */
function complete(
  first: readonly number[],
  count: number,
  limit: number,
  random: () => number,
): number[] {
  const chosen = new Set(first)
  while (chosen.size < Math.min(count, limit)) chosen.add(Math.floor(random() * limit))
  return [...chosen].sort((a, b) => a - b)
}

/**
 * The rows whose error is measured: 64 in each of 8 (batch, head) pairs, the first and the last pair and
 * row among them, both sides of tile edges, the rest random; as many in more pairs where these have fewer;
 * everything where there is less.
 */
export function sampleRows(
  size: { readonly batch: number; readonly numHeads: number; readonly seqlen: number },
  options: SamplingOptions,
): RowIndex[] {
  const { rowsPerPair = 64, random } = options
  const { pairs = Math.ceil(512 / Math.min(rowsPerPair, size.seqlen)) } = options
  const total = size.batch * size.numHeads
  return complete([0, total - 1], pairs, total, random).flatMap((pair) => {
    const batch = Math.floor(pair / size.numHeads)
    const head = pair % size.numHeads
    const queries = complete(edgeRows(size.seqlen), rowsPerPair, size.seqlen, random)
    return queries.map((query) => ({ batch, head, query }))
  })
}
