// The warps of a decode block have been through different keys; here their results become one.
#pragma once

#include <cstdint>

#include "attnkit/online_softmax.cuh"
#include "kernels/decode/partial_rows.cuh"

namespace attnkit::flash {

// In shared memory, in the place of keys and values.
template <typename Traits>
struct WarpResults {
  // Rows are apart by 8 banks, so that what the lanes of a warp write at once does not collide.
  static constexpr int kRowFloats = Traits::kHeadDim + 8;

  float output[Traits::kWarps][Traits::kBlockM][kRowFloats];  // divided by the sum of all warps
  float row_max[Traits::kWarps][Traits::kBlockM];
  float row_sum[Traits::kWarps][Traits::kBlockM];

  __device__ __forceinline__ float largest(int row) const {
    float value = row_max[0][row];
#pragma unroll
    for (int warp = 1; warp < Traits::kWarps; ++warp) value = fmaxf(value, row_max[warp][row]);
    return value;
  }

  // Of the exponentials of all warps, relative to `largest`.
  __device__ __forceinline__ float sum(int row, float largest) const {
    float value = 0.0f;
#pragma unroll
    for (int warp = 0; warp < Traits::kWarps; ++warp) {
      value += weight_of(row_max[warp][row], largest) * row_sum[warp][row];
    }
    return value;
  }

  // Base-2 logarithm of the sum of exponentials of a row.
  __device__ __forceinline__ float log_sum(int row) const {
    const float most = largest(row);
    return most + fast_log2(sum(row, most));
  }

  // The result in 8 columns of a row.
  __device__ __forceinline__ void columns(int row, int first, float (&values)[8]) const {
#pragma unroll
    for (int i = 0; i < 8; ++i) values[i] = 0.0f;
#pragma unroll
    for (int warp = 0; warp < Traits::kWarps; ++warp) {
      const auto* const part = reinterpret_cast<const float4*>(&output[warp][row][first]);
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        values[i * 4] += part[i].x;
        values[i * 4 + 1] += part[i].y;
        values[i * 4 + 2] += part[i].z;
        values[i * 4 + 3] += part[i].w;
      }
    }
  }
};

// Puts the result of this warp beside those of the others. All warps are done with their rings.
template <typename Traits>
__device__ __forceinline__ void share_results(
    WarpResults<Traits>& all, OnlineSoftmax<Traits::kMTiles>& softmax,
    const float (&acc_o)[Traits::kMTiles][Traits::kOTiles][4]) {
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  softmax.finish();
#pragma unroll
  for (int m = 0; m < Traits::kMTiles; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      if (lane % 4 != 0) continue;
      const int row = m * 16 + half * 8 + lane / 4;
      all.row_max[warp][row] = softmax.row_max(m, half);
      all.row_sum[warp][row] = softmax.row_sum(m, half);
    }
  }
  __syncthreads();
#pragma unroll
  for (int m = 0; m < Traits::kMTiles; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = m * 16 + half * 8 + lane / 4;
      const float largest = all.largest(row);
      const float factor =
          weight_of(softmax.row_max(m, half), largest) * inverse_of(all.sum(row, largest));
      float* const target = all.output[warp][row] + lane % 4 * 2;
#pragma unroll
      for (int n = 0; n < Traits::kOTiles; ++n) {
        *reinterpret_cast<float2*>(target + n * 8) =
            float2{acc_o[m][n][half * 2] * factor, acc_o[m][n][half * 2 + 1] * factor};
      }
    }
  }
  __syncthreads();
}

}  // namespace attnkit::flash
