// A tile of rows x head_dim 16-bit elements in shared memory, without padding.
//
// The 16-byte chunks of a row are permuted by an XOR with bits of the row number, so that the eight
// rows of a chunk column fall into eight different bank groups: ldmatrix and the copies into the
// tile are free of bank conflicts. How many bits are needed follows from how many rows share 128
// bytes.
#pragma once

#include <cstdint>

#include "attnkit/mma_sync.cuh"

namespace attnkit {

template <int kRows_, int kHeadDim>
struct SmemTile {
  static_assert(kHeadDim % 16 == 0, "a k-step of mma.sync is 16 elements");

  static constexpr int kRows = kRows_;
  static constexpr int kRowChunks = kHeadDim / 8;
  static constexpr int kRowBytes = kHeadDim * 2;
  static constexpr int kBytes = kRows * kRowBytes;
  static constexpr int kSwizzleBits = kRowChunks % 8 == 0 ? 3 : kRowChunks % 4 == 0 ? 2 : 1;
  static constexpr int kSwizzleMask = (1 << kSwizzleBits) - 1;

  // Byte offset of a chunk of a row. Rows that differ by a multiple of 8 are permuted alike.
  __device__ static constexpr uint32_t offset(int row, int chunk) {
    const int swizzle = (row >> (3 - kSwizzleBits)) & kSwizzleMask;
    return row * kRowBytes + (chunk ^ swizzle) * 16;
  }

  // From the address of chunk 0 or 1 of a row to that of the chunk `chunks` (even) further.
  __device__ static constexpr uint32_t advance(uint32_t address, int chunks) {
    const int permuted = chunks & kSwizzleMask;
    return (address ^ (permuted * 16)) + (chunks - permuted) * 16;
  }
};

// Puts a warp's m16n8 accumulators, times a factor for each row, into the rows from `first_row` on.
template <typename Element, typename Tile, int kMTiles, int kOTiles, typename RowFactor>
__device__ __forceinline__ void stage_rows(char* smem, int first_row,
                                           const float (&acc_o)[kMTiles][kOTiles][4],
                                           RowFactor factor) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = first_row + m * 16 + half * 8 + lane / 4;
      const float scale = factor(m, half);
#pragma unroll
      for (int n = 0; n < kOTiles; ++n) {
        *reinterpret_cast<uint32_t*>(smem + Tile::offset(row, n) + lane % 4 * 4) =
            pack2<Element>(acc_o[m][n][half * 2] * scale, acc_o[m][n][half * 2 + 1] * scale);
      }
    }
  }
}

}  // namespace attnkit
