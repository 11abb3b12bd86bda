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

// Of a tile, at most.
inline constexpr int kMostPackedRows = 32;

// The queries of all heads that share a key head are the rows of one matrix, heads first: its keys
// and values are read once for all of them. A tile is some consecutive rows.
struct DecodeTile {
  TileProblem problem;    // of the queries in the tile; its head is the first that shares the keys
  int64_t first_partial;  // row of the partial results that is query 0 of the first head
  int split;              // which share of the keys
  PackedRow rows[kMostPackedRows];  // some may lie behind the last query

  // Where a row is; false when it is not of the part.
  __device__ __forceinline__ bool find(int row, PackedRow& found) const {
    found = rows[row];
    return problem.rows.contains(found.query);
  }

  // Which row of the partial results.
  __device__ __forceinline__ int64_t partial_row(PackedRow row, int seqlen_q) const {
    return first_partial + int64_t(row.head) * seqlen_q + row.query;
  }
};

// Which tile a thread block works on.
template <typename Traits>
struct DecodePlace {
  int batch;
  int first_row;
  int heads;  // query heads that share a key head
  bool only;  // there is no other tile of this key head

  // `number`: of the batch entry and the tile, tiles first.
  __device__ DecodePlace(const FlashParams& params, int number) : heads(params.heads_per_kv) {
    const int tiles = ceil_div(params.seqlen_q * heads, Traits::kBlockM);
    only = tiles == 1;
    batch = params.first_batch + number;
    first_row = 0;
    if (only) return;
    batch = params.first_batch + number / tiles;
    first_row = number % tiles * Traits::kBlockM;
  }

  __device__ __forceinline__ Range queries(int seqlen_q) const {
    if (only) return {0, seqlen_q};
    return {first_row / heads, ceil_div(first_row + Traits::kBlockM, heads)};
  }
};

// Describes a tile: one thread all but its rows, which those of another warp do at the same time.
template <typename Traits>
__device__ __forceinline__ void describe_tile(DecodeTile& tile, const FlashParams& params,
                                              int head_kv, int split, int number) {
  static_assert(Traits::kBlockM <= kMostPackedRows && Traits::kWarps > 1, "a warp has the rows");
  const DecodePlace<Traits> place(params, number);
  const int row = int(threadIdx.x) - 32;
  if (threadIdx.x == 0) {
    const int head = head_kv * place.heads;
    describe_tile_problem<Traits::kWarpN>(params, place.batch, head, head_kv,
                                          place.queries(params.seqlen_q), tile.problem);
    tile.first_partial = (int64_t(place.batch) * params.num_heads + head) * params.seqlen_q;
    tile.split = split;
  } else if (row >= 0 && row < Traits::kBlockM) {
    const unsigned packed = place.first_row + row;
    const unsigned heads = place.heads;
    tile.rows[row] = {int(packed / heads), int(packed % heads)};
  }
}

}  // namespace attnkit::flash
