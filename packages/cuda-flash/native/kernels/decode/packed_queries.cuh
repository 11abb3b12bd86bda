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

// What this thread brings of them: sent for before the keys, behind which it would wait, and put
// down after these were sent for.
template <typename Traits>
class PackedQueries {
  using Tile = typename Traits::QueryTile;
  static constexpr int kChunks = Tile::kRows * Tile::kRowChunks;
  static constexpr int kChunksOfThread = (kChunks + Traits::kThreads - 1) / Traits::kThreads;

 public:
  __device__ __forceinline__ PackedQueries(const FlashParams& params, const DecodeTile& tile)
      : flags_(params.flags) {
#pragma unroll
    for (int n = 0; n < kChunksOfThread; ++n) {
      const int i = number(n);
      if (i < kChunks) {
        chunks_[n] = query_chunk(params, tile, i / Tile::kRowChunks, i % Tile::kRowChunks);
      }
    }
  }

  __device__ __forceinline__ void store(char* smem) const {
    const ScaleSign apply_sign(flags_);
#pragma unroll
    for (int n = 0; n < kChunksOfThread; ++n) {
      const int i = number(n);
      if (i < kChunks) {
        char* const target = smem + Tile::offset(i / Tile::kRowChunks, i % Tile::kRowChunks);
        *reinterpret_cast<uint4*>(target) = apply_sign(chunks_[n]);
      }
    }
  }

 private:
  __device__ __forceinline__ static int number(int n) {
    return n * Traits::kThreads + int(threadIdx.x);
  }

  uint32_t flags_;
  uint4 chunks_[kChunksOfThread];
};

}  // namespace attnkit::flash
