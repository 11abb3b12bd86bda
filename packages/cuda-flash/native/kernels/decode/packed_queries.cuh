// Brings the queries of a decode tile to shared memory: neighbouring rows are those of neighbouring
// heads.
#pragma once

#include <cstdint>

#include "kernels/decode/decode_tile.cuh"
#include "kernels/scale_softcap.cuh"
#include "params.h"

namespace attnkit::flash {

// 8 elements of a row; zeros where the part has no such row, or the head dim no such columns.
__device__ __forceinline__ uint4 query_chunk(const FlashParams& params, const DecodeTile& tile,
                                             int row_of_tile, int chunk) {
  PackedRow row;
  if (!tile.find(row_of_tile, row) || chunk >= params.head_dim / 8) return uint4{0, 0, 0, 0};
  return *reinterpret_cast<const uint4*>(tile.problem.q + int64_t(row.query) * params.q.row_stride +
                                         row.head * params.q.head_stride + chunk * 16);
}

// Through registers, so that the copies of keys that are on their way need not be waited for.
template <typename Traits>
__device__ __forceinline__ void load_queries(char* smem_q, const FlashParams& params,
                                             const DecodeTile& tile) {
  using Tile = typename Traits::QueryTile;
  const ScaleSign apply_sign(params.flags);
#pragma unroll
  for (int first = 0; first < Tile::kRows * Tile::kRowChunks; first += Traits::kThreads) {
    const int i = first + int(threadIdx.x);
    const int row = i / Tile::kRowChunks, chunk = i % Tile::kRowChunks;
    if (row >= Tile::kRows) break;
    *reinterpret_cast<uint4*>(smem_q + Tile::offset(row, chunk)) =
        apply_sign(query_chunk(params, tile, row, chunk));
  }
}

}  // namespace attnkit::flash
