// The two products of attention for one warp: scores = Q K^T and output += P V, from shared memory
// through ldmatrix into mma.sync.
#pragma once

#include <cstdint>

#include "attnkit/ldmatrix.cuh"
#include "attnkit/mma_sync.cuh"
#include "attnkit/smem_tile.cuh"

namespace attnkit {

// Where this lane reads a 16 x 16 block whose four 8x8 matrices run down the rows first: the A
// operand (rows = queries), and with `trans` the B operand of P V (rows = keys).
template <typename Tile>
__device__ __forceinline__ uint32_t lane_offset_rows_first() {
  const int lane = threadIdx.x % 32;
  return Tile::offset(lane % 16, lane / 16);
}

// The same with the matrices running along the columns first: the B operand of Q K^T (rows = keys).
template <typename Tile>
__device__ __forceinline__ uint32_t lane_offset_columns_first() {
  const int lane = threadIdx.x % 32;
  return Tile::offset(lane % 8 + lane / 16 * 8, lane / 8 % 2);
}

// acc_s += Q K^T. `queries.fragment(k, m, reg)` gives the A operand of k-step k, m16 tile m.
template <typename Element, typename KeyTile, typename Queries, int kMTiles, int kNTiles>
__device__ __forceinline__ void multiply_queries_keys(float (&acc_s)[kMTiles][kNTiles][4],
                                                      const Queries& queries, uint32_t keys) {
  const uint32_t lane_keys = keys + lane_offset_columns_first<KeyTile>();
#pragma unroll
  for (int k = 0; k < KeyTile::kRowChunks / 2; ++k) {
    uint32_t reg_q[kMTiles][4];
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) queries.fragment(k, m, reg_q[m]);
    const uint32_t column = KeyTile::advance(lane_keys, k * 2);
#pragma unroll
    for (int n = 0; n < kNTiles; n += 2) {
      uint32_t reg_k[4];
      ldmatrix_x4(reg_k, column + n * 8 * KeyTile::kRowBytes);
#pragma unroll
      for (int m = 0; m < kMTiles; ++m) {
        mma_m16n8k16<Element>(acc_s[m][n], reg_q[m], reg_k[0], reg_k[1]);
        mma_m16n8k16<Element>(acc_s[m][n + 1], reg_q[m], reg_k[2], reg_k[3]);
      }
    }
  }
}

// acc_o += P V, with P the accumulators of the scores, rounded to Element on the way.
template <typename Element, typename ValueTile, int kMTiles, int kNTiles, int kOTiles>
__device__ __forceinline__ void multiply_probabilities_values(
    float (&acc_o)[kMTiles][kOTiles][4], const float (&acc_s)[kMTiles][kNTiles][4],
    uint32_t values) {
  const uint32_t lane_values = values + lane_offset_rows_first<ValueTile>();
#pragma unroll
  for (int k = 0; k < kNTiles / 2; ++k) {
    uint32_t reg_p[kMTiles][4];
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float(&pair)[4] = acc_s[m][k * 2 + i / 2];
        reg_p[m][i] = pack2<Element>(pair[i % 2 * 2], pair[i % 2 * 2 + 1]);
      }
    }
#pragma unroll
    for (int n = 0; n < kOTiles; n += 2) {
      uint32_t reg_v[4];
      ldmatrix_x4_trans(reg_v, ValueTile::advance(lane_values, n) + k * 16 * ValueTile::kRowBytes);
#pragma unroll
      for (int m = 0; m < kMTiles; ++m) {
        mma_m16n8k16<Element>(acc_o[m][n], reg_p[m], reg_v[0], reg_v[1]);
        mma_m16n8k16<Element>(acc_o[m][n + 1], reg_p[m], reg_v[2], reg_v[3]);
      }
    }
  }
}

}  // namespace attnkit
