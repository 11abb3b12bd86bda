// Copies between an SmemTile and the rows of one head in global memory, 16 bytes a thread.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "attnkit/range.h"
#include "attnkit/smem_tile.cuh"
#include "attnkit/thread_index.cuh"

namespace attnkit {

// Which chunks of a tile a thread copies. Neighbouring threads copy neighbouring chunks of a row; a
// long row is shared by fewer threads, each of which copies several. All chunks of a thread are
// permuted alike, so that their addresses differ by constants.
template <typename Tile, int kThreads>
struct TileCopyShape {
  // The largest power of two that is at most `limit` and divides the rows.
  static constexpr int rows_per_pass(int limit) {
    int rows = 1;
    while (rows * 2 <= limit && Tile::kRows % (rows * 2) == 0) rows *= 2;
    return rows;
  }

  static constexpr int kThreadsPerRow = Tile::kRowChunks <= 12      ? Tile::kRowChunks
                                        : Tile::kRowChunks % 8 == 0 ? 8
                                                                    : 4;
  static constexpr int kChunks = Tile::kRowChunks / kThreadsPerRow;
  static constexpr int kRowsPerPass = rows_per_pass(kThreads / kThreadsPerRow);
  static constexpr int kPasses = Tile::kRows / kRowsPerPass;

  static_assert(kRowsPerPass % 8 == 0, "all rows of a thread must be permuted alike");
  static_assert(kChunks == 1 || kThreadsPerRow % (Tile::kSwizzleMask + 1) == 0,
                "all chunks of a thread must be permuted alike");
};

template <typename Tile, int kThreads>
class TileCopy {
  using Shape = TileCopyShape<Tile, kThreads>;

 public:
  // `gmem` is row 0 of the head, `row_stride` in bytes, `row_chunks` the head dim in 16-byte
  // chunks.
  __device__ __forceinline__ TileCopy(const char* gmem, int row_stride, int row_chunks)
      : row_stride_(row_stride) {
    const int thread = fresh_thread_index();
    const int chunk = thread % Shape::kThreadsPerRow;
    row_ = thread / Shape::kThreadsPerRow;
    chunks_left_ = row_chunks - chunk;
    smem_offset_ = Tile::offset(row_, chunk);
    gmem_ = gmem + chunk * 16;
  }

  // Starts copying rows first_row .. first_row + kRows - 1 into the tile at `smem`. Rows outside
  // `valid` and columns beyond the head dim become zeros and are not read.
  __device__ __forceinline__ void load(uint32_t smem, int first_row, Range valid) const {
    if (is_idle()) return;
#pragma unroll
    for (int pass = 0; pass < Shape::kPasses; ++pass) {
      const int row = first_row + row_ + pass * Shape::kRowsPerPass;
      const bool row_valid = valid.contains(row);
      const char* const source = row_pointer(row);
#pragma unroll
      for (int i = 0; i < Shape::kChunks; ++i) {
        cp_async_16(smem + chunk_offset(pass, i), source + i * Shape::kThreadsPerRow * 16,
                    row_valid && i * Shape::kThreadsPerRow < chunks_left_);
      }
    }
  }

  // Writes those of the tile's rows, the first of which is `first_row` in global memory, that are
  // in `wanted`. The thread block must have written the tile.
  __device__ __forceinline__ void store(const char* smem, int first_row, Range wanted) const {
    if (is_idle()) return;
#pragma unroll
    for (int pass = 0; pass < Shape::kPasses; ++pass) {
      const int row = first_row + row_ + pass * Shape::kRowsPerPass;
      if (!wanted.contains(row)) continue;
      char* const target = const_cast<char*>(row_pointer(row));
#pragma unroll
      for (int i = 0; i < Shape::kChunks; ++i) {
        if (i * Shape::kThreadsPerRow >= chunks_left_) continue;
        *reinterpret_cast<uint4*>(target + i * Shape::kThreadsPerRow * 16) =
            *reinterpret_cast<const uint4*>(smem + chunk_offset(pass, i));
      }
    }
  }

  // Applies `change` to each chunk that this thread has loaded, once its copies have arrived.
  template <typename Change>
  __device__ __forceinline__ void modify(char* smem, Change change) const {
    if (is_idle()) return;
#pragma unroll 1
    for (int pass = 0; pass < Shape::kPasses; ++pass) {
#pragma unroll 1
      for (int i = 0; i < Shape::kChunks; ++i) {
        uint4* const chunk = reinterpret_cast<uint4*>(smem + chunk_offset(pass, i));
        *chunk = change(*chunk);
      }
    }
  }

 private:
  // Whether this thread is one of those left over when rows were dealt out.
  __device__ __forceinline__ bool is_idle() const {
    constexpr bool kLeftOver = Shape::kThreadsPerRow * Shape::kRowsPerPass < kThreads;
    return kLeftOver && row_ >= Shape::kRowsPerPass;
  }

  __device__ __forceinline__ uint32_t chunk_offset(int pass, int i) const {
    return smem_offset_ + pass * Shape::kRowsPerPass * Tile::kRowBytes +
           i * Shape::kThreadsPerRow * 16;
  }

  // One multiply-add. Written as such it is not taken for an induction over the caller's loop,
  // which would keep a 64-bit pointer alive for each pass.
  __device__ __forceinline__ const char* row_pointer(int row) const {
    const char* pointer;
    asm("mad.wide.s32 %0, %1, %2, %3;" : "=l"(pointer) : "r"(row), "r"(row_stride_), "l"(gmem_));
    return pointer;
  }

  int row_;
  int row_stride_;
  int chunks_left_;
  uint32_t smem_offset_;
  const char* gmem_;
};

}  // namespace attnkit
