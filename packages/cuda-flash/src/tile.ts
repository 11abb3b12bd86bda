import type { DecodeKernel, Fa2Kernel, HopperKernel, TunedVariant } from './tuning.js'

/** What a thread block of a kernel works on, and what it needs for that. */
export interface Tile {
  /** Queries; of a decode kernel, those of all heads that share a head of keys. */
  readonly block_m: number
  /** Bytes of shared memory. */
  readonly sharedMemory: number
}

const HALF_BYTES = 2
const FLOAT_BYTES = 4
const QUERIES_OF_WARPGROUP = 64
// Behind values, where sums come from products.
const COLUMNS_OF_ONES = 8
// Where tiles of the copy engine start.
const TILE_ALIGNMENT = 1024
// Of the rows of a decode kernel's results, and what it knows of each split of a cluster.
const RESULT_PADDING = 8
const CLUSTER_SPLITS = 16
// Beside the tiles: the block's own description, and for Hopper its barriers and where it starts.
const FA2_EXTRA_BYTES = 1024
const HOPPER_EXTRA_BYTES = 2048

export function tileOf(kernel: TunedVariant): Tile {
  switch (kernel.family) {
    case 'fa2-sm80':
      return fa2Tile(kernel)
    case 'hopper-sm90a':
      return hopperTile(kernel)
    case 'decode-sm80':
      return decodeTile(kernel)
  }
}

function fa2Tile({ warps, warp_m, stages, block_n, head_dim }: Fa2Kernel): Tile {
  const block_m = warps * warp_m
  const rows = block_m + 2 * stages * block_n
  return { block_m, sharedMemory: rows * head_dim * HALF_BYTES + FA2_EXTRA_BYTES }
}

function hopperTile({
  consumers,
  query_stages,
  stages,
  block_n,
  head_dim,
  swizzle_bytes,
  sums_by_product,
}: HopperKernel): Tile {
  const block_m = consumers * QUERIES_OF_WARPGROUP
  const bytes = (rows: number, columns: number) =>
    roundUp(rows * roundUp(columns * HALF_BYTES, swizzle_bytes), TILE_ALIGNMENT)
  const valueColumns = head_dim + (sums_by_product ? COLUMNS_OF_ONES : 0)
  const ofBlock = bytes(block_n, head_dim) + bytes(block_n, valueColumns)
  const tiles = query_stages * bytes(block_m, head_dim) + stages * ofBlock
  return { block_m, sharedMemory: tiles + HOPPER_EXTRA_BYTES }
}

/** Keys and values, which queries that go to registers lie among, and which the results take the place of. */
function decodeTile(kernel: DecodeKernel): Tile {
  const { warps, block_m, block_n, stages, head_dim, queries_in_registers } = kernel
  const rows = 2 * stages * block_n + (queries_in_registers ? 0 : block_m)
  const floatsOfRow = warps * (head_dim + RESULT_PADDING + 2) + 1 + CLUSTER_SPLITS
  const results = block_m * floatsOfRow * FLOAT_BYTES
  const bytes = Math.max(rows * head_dim * HALF_BYTES, results)
  return { block_m, sharedMemory: bytes + FA2_EXTRA_BYTES }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
