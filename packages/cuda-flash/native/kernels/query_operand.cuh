// The queries of a warp as the A operand of Q K^T: held in registers, or read again from shared
// memory at each k-step where the head dim leaves no registers for them.
#pragma once

#include <cstdint>

#include "attnkit/warp_gemm.cuh"

namespace attnkit::flash {

template <typename Traits, bool kInRegisters = Traits::kQueriesInRegisters>
class QueryOperand {
  using Tile = typename Traits::QueryTile;

 public:
  __device__ QueryOperand(uint32_t smem, int first_row)
      : lane_address_(smem + first_row * Tile::kRowBytes + lane_offset_rows_first<Tile>()) {}

  __device__ __forceinline__ void fragment(int k, int m, uint32_t (&reg)[4]) const {
    ldmatrix_x4(reg, Tile::advance(lane_address_, k * 2) + m * 16 * Tile::kRowBytes);
  }

 private:
  uint32_t lane_address_;
};

template <typename Traits>
class QueryOperand<Traits, true> {
 public:
  __device__ QueryOperand(uint32_t smem, int first_row) {
    const QueryOperand<Traits, false> source(smem, first_row);
#pragma unroll
    for (int k = 0; k < kSteps; ++k) {
#pragma unroll
      for (int m = 0; m < Traits::kMTiles; ++m) source.fragment(k, m, reg_[k][m]);
    }
  }

  __device__ __forceinline__ void fragment(int k, int m, uint32_t (&reg)[4]) const {
#pragma unroll
    for (int i = 0; i < 4; ++i) reg[i] = reg_[k][m][i];
  }

 private:
  static constexpr int kSteps = Traits::kHeadDim / 16;
  uint32_t reg_[kSteps][Traits::kMTiles][4];
};

}  // namespace attnkit::flash
