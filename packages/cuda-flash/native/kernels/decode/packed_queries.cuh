// Copies the queries of a decode tile to shared memory: neighbouring rows are those of neighbouring
// heads.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "params.h"

namespace attnkit::flash {

template <typename Traits>
class PackedQueries {
  using Tile = typename Traits::QueryTile;
  static constexpr int kChunks = Tile::kRows * Tile::kRowChunks;

 public:
  __device__ PackedQueries(const FlashParams& params, const DecodeTile& tile)
      : params_(params), tile_(tile) {}

  // Starts the copies of this thread. Rows that are not of the part, and columns beyond the head
  // dim, become zeros and are not read.
  __device__ __forceinline__ void load(uint32_t smem) const {
    for (int i = threadIdx.x; i < kChunks; i += Traits::kThreads) {
      const int chunk = i % Tile::kRowChunks;
      const PackedRow row = tile_.row(i / Tile::kRowChunks);
      const char* const source = tile_.problem.q + int64_t(row.query) * params_.q.row_stride +
                                 row.head * params_.q.head_stride + chunk * 16;
      cp_async_16(smem + Tile::offset(i / Tile::kRowChunks, chunk), source,
                  tile_.problem.rows.contains(row.query) && chunk < params_.head_dim / 8);
    }
  }

  // Applies `change` to each chunk that this thread has loaded, once its copies have arrived.
  template <typename Change>
  __device__ __forceinline__ void modify(char* smem, Change change) const {
    for (int i = threadIdx.x; i < kChunks; i += Traits::kThreads) {
      char* const chunk = smem + Tile::offset(i / Tile::kRowChunks, i % Tile::kRowChunks);
      *reinterpret_cast<uint4*>(chunk) = change(*reinterpret_cast<uint4*>(chunk));
    }
  }

 private:
  const FlashParams& params_;
  const DecodeTile& tile_;
};

}  // namespace attnkit::flash
