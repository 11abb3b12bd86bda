// Copies of one warp between the rows of a head in global memory and an SmemTile of its own.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "attnkit/range.h"
#include "attnkit/smem_tile.cuh"
#include "attnkit/thread_index.cuh"

namespace attnkit::flash {

// Which chunks of a tile a lane copies: a power of two of lanes shares a row, so that what a chunk
// is permuted by falls into a part of the lane and a constant.
template <typename Tile>
class WarpCopy {
  static constexpr int power_of_two_in(int number) { return number & -number; }
  static constexpr int kLanesPerRow = power_of_two_in(Tile::kRowChunks);
  static constexpr int kChunks = Tile::kRowChunks / kLanesPerRow;
  static constexpr int kRowsPerPass = 32 / kLanesPerRow;
  static constexpr int kPasses = Tile::kRows / kRowsPerPass;

  static_assert(kLanesPerRow <= 32 && Tile::kRows % kRowsPerPass == 0, "rows are dealt out evenly");

 public:
  // `gmem` is row 0 of the head, `row_stride` in bytes, `row_chunks` the head dim in 16-byte
  // chunks.
  __device__ __forceinline__ WarpCopy(const char* gmem, int row_stride, int row_chunks)
      : row_stride_(row_stride) {
    const int lane = fresh_thread_index() % 32;
    const int chunk = lane % kLanesPerRow;
    row_ = lane / kLanesPerRow;
    chunks_left_ = row_chunks - chunk;
    gmem_ = gmem + chunk * 16;
    row_offset_ = row_ * Tile::kRowBytes;
    permuted_ = (Tile::offset(row_, chunk) - row_offset_) / 16;
  }

  // Starts copying rows first_row .. first_row + kRows - 1 into the tile at `smem`. Rows outside
  // `valid` and columns beyond the head dim become zeros and are not read.
  __device__ __forceinline__ void load(uint32_t smem, int first_row, Range valid) const {
#pragma unroll
    for (int pass = 0; pass < kPasses; ++pass) {
      const int row = first_row + row_ + pass * kRowsPerPass;
      const bool row_valid = valid.contains(row);
      const char* const source = gmem_ + int64_t(row) * row_stride_;
      const uint32_t target = smem + row_offset_ + pass * kRowsPerPass * Tile::kRowBytes;
#pragma unroll
      for (int i = 0; i < kChunks; ++i) {
        const int constant = permutation(pass * kRowsPerPass) ^ i * kLanesPerRow;
        cp_async_16(target + (permuted_ ^ constant) * 16, source + i * kLanesPerRow * 16,
                    row_valid && i * kLanesPerRow < chunks_left_);
      }
    }
  }

 private:
  // What chunk 0 of a row is moved by.
  __device__ static constexpr int permutation(int row) {
    return (Tile::offset(row, 0) - row * Tile::kRowBytes) / 16;
  }

  int row_;
  int row_stride_;
  int chunks_left_;
  uint32_t row_offset_;
  uint32_t permuted_;
  const char* gmem_;
};

}  // namespace attnkit::flash
