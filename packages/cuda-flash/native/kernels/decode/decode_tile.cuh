// What a thread block of a decode kernel works on: some rows of one key head, and its share of the
// keys that they see.
#pragma once

#include <cstdint>

#include "attnkit/range.h"
#include "kernels/tile_problem.cuh"
#include "params.h"

namespace attnkit::flash {

// A query of one of the heads that share a key head.
struct PackedRow {
  int query;
  int head;
};

// Part `part` of `parts` of a range; sizes differ by one at most.
__device__ __forceinline__ Range share_of(Range all, int part, int parts) {
  const int each = int(all.size()) / parts;
  const int left_over = int(all.size()) - each * parts;
  const int begin = all.begin + part * each + min(part, left_over);
  return {begin, begin + each + (part < left_over ? 1 : 0)};
}

// The queries of all heads that share a key head are the rows of one matrix, heads first: its keys
// and values are read once for all of them. A tile is some consecutive rows.
struct DecodeTile {
  TileProblem problem;    // of the queries in the tile; its head is the first that shares the keys
  int first_row;          // of the tile
  int heads;              // query heads that share the keys
  int64_t first_partial;  // row of the partial results that is query 0 of the first head
  int split;              // which share of the keys

  __device__ __forceinline__ PackedRow row(int row_of_tile) const {
    const unsigned row = first_row + row_of_tile;
    return {int(row / unsigned(heads)), int(row % unsigned(heads))};
  }

  // Blocks of keys that this thread block goes through.
  __device__ __forceinline__ Range blocks(int splits) const {
    return share_of(problem.blocks, split, splits);
  }
};

template <typename Traits>
__device__ __forceinline__ DecodeTile make_decode_tile(const FlashParams& params, int batch,
                                                       int head_kv, int tile, int split) {
  const int heads = params.heads_per_kv;
  const int head = head_kv * heads;
  const Range rows = {tile * Traits::kBlockM, (tile + 1) * Traits::kBlockM};
  const Range queries = {rows.begin / heads, ceil_div(rows.end, heads)};
  DecodeTile made;
  made.problem = make_tile_problem<Traits::kWarpN>(params, batch, head, queries);
  made.first_row = rows.begin;
  made.heads = heads;
  made.first_partial = (int64_t(batch) * params.num_heads + head) * params.seqlen_q;
  made.split = split;
  return made;
}

}  // namespace attnkit::flash
