// Writes a warpgroup's 64 rows of the result.
#pragma once

#include "attnkit/tensor_map.cuh"
#include "attnkit/warpgroup.cuh"
#include "kernels/hopper/hopper_params.h"
#include "kernels/hopper/products.cuh"
#include "kernels/hopper/row_softmax.cuh"
#include "kernels/hopper/shared_storage.cuh"

namespace attnkit::flash {

// Rounds the rows into panels in shared memory, at the warpgroup's first row of a query tile.
template <typename Traits>
__device__ __forceinline__ void stage_rows(const float (&acc_o)[Traits::kOutputs],
                                           const float (&factor)[2], uint32_t smem) {
  using Element = typename Traits::Element;
  using Tile = typename Traits::QueryTile;
  constexpr int kChunks = Traits::kHeadDim / 8;
  constexpr int kChunksOfPanel = Tile::kPanelColumns / 8;
  const int thread = threadIdx.x % 128;
  const int row = thread / 32 * 16 + thread % 16;
#pragma unroll
  for (int chunk = 0; chunk < kChunks; chunk += 2) {
    const int own = chunk + thread % 32 / 16;
    const uint32_t offset =
        Swizzle<Tile::kSwizzleBytes>::apply(row * Tile::kSwizzleBytes + own % kChunksOfPanel * 16);
    const uint32_t address = smem + own / kChunksOfPanel * Tile::kPanelBytes + offset;
    const auto pair = [&](int i) {
      return pack_pair<Element>(acc_o[i] * factor[row_of(i)], acc_o[i + 1] * factor[row_of(i)]);
    };
    const uint32_t a = pair(4 * chunk), b = pair(4 * chunk + 2);
    if (chunk + 1 < kChunks) {
      const int next = chunk + 1 < kChunks ? chunk + 1 : chunk;
      const uint32_t c = pair(4 * next), d = pair(4 * next + 2);
      asm volatile(
          "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(a),
          "r"(b), "r"(c), "r"(d)
          : "memory");
    } else {
      asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(address),
                   "r"(a), "r"(b)
                   : "memory");
    }
  }
}

// Stores the rows of `rows` straight from registers.
template <typename Traits>
__device__ __forceinline__ void store_rows(const float (&acc_o)[Traits::kOutputs],
                                           const float (&factor)[2], char* gmem, int64_t row_stride,
                                           int head_dim_v, int first_row, Range rows) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = first_row + row_of_thread() + half * 8;
    if (!rows.contains(row)) continue;
    char* const to = gmem + row * row_stride + threadIdx.x % 4 * 4;
#pragma unroll
    for (int chunk = 0; chunk < Traits::kHeadDim / 8; ++chunk) {
      if (chunk * 8 >= head_dim_v) break;
      const int i = chunk * 4 + half * 2;
      *reinterpret_cast<uint32_t*>(to + chunk * 16) =
          pack_pair<typename Traits::Element>(acc_o[i] * factor[half], acc_o[i + 1] * factor[half]);
    }
  }
}

template <typename Softmax>
__device__ __forceinline__ void store_log_sum_exp(const Softmax& softmax, float* gmem,
                                                  int first_row, Range rows) {
  if (gmem == nullptr || threadIdx.x % 4 != 0) return;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = first_row + row_of_thread() + half * 8;
    if (rows.contains(row)) gmem[row] = softmax.log_sum_exp(half);
  }
}

}  // namespace attnkit::flash
