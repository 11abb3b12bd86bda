// Combines the splits of a tile that are not a cluster: each thread block leaves its results in the
// workspace, and the last one to do so adds all of them up.
#pragma once

#include <cstdint>

#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/partial_rows.cuh"
#include "kernels/decode/write_rows.cuh"
#include "params.h"

namespace attnkit::flash {

__device__ __forceinline__ bool uses_workspace(const FlashParams& params) {
  return params.num_splits > 1 && !(params.flags & kSplitsInCluster);
}

// Combines a value of each lane of a warp.
template <typename Combine>
__device__ __forceinline__ float reduce_warp(float value, Combine combine) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = combine(value, __shfl_xor_sync(~0u, value, distance));
  }
  return value;
}

// A row's splits, as a warp reads them: past the L1 cache, which does not see what others write.
class SplitsOfRow {
 public:
  __device__ SplitsOfRow(const PartialRows& partials, int64_t row, int splits)
      : log_sums_(partials.log_sum(row, 0)), outputs_(partials.output(row, 0)), splits_(splits) {
    const int lane = threadIdx.x % 32;
    float most = -INFINITY;
    for (int i = lane; i < splits; i += 32) most = fmaxf(most, __ldcg(log_sums_ + i));
    largest_ = reduce_warp(most, [](float a, float b) { return fmaxf(a, b); });
    float sum = 0.0f;
    for (int i = lane; i < splits; i += 32) sum += weight_of(__ldcg(log_sums_ + i), largest_);
    sum_ = reduce_warp(sum, [](float a, float b) { return a + b; });
  }

  __device__ __forceinline__ float log_sum() const { return largest_ + fast_log2(sum_); }

  // Four columns of the row; `columns` is their number in all.
  __device__ __forceinline__ void columns(int first, int columns, float (&values)[4]) const {
    const float inverse = inverse_of(sum_);
    values[0] = values[1] = values[2] = values[3] = 0.0f;
#pragma unroll 8
    for (int split = 0; split < splits_; ++split) {
      const float weight = weight_of(__ldcg(log_sums_ + split), largest_) * inverse;
      const float4 part =
          __ldcg(reinterpret_cast<const float4*>(outputs_ + split * columns + first));
      if (weight == 0.0f) continue;  // a value that the row does not see may have been NaN
      values[0] += weight * part.x;
      values[1] += weight * part.y;
      values[2] += weight * part.z;
      values[3] += weight * part.w;
    }
  }

 private:
  const float* log_sums_;
  const float* outputs_;
  int splits_;
  float largest_;
  float sum_;
};

// Whether all other splits of the tile have come here before. Leaves the counter as it was found.
__device__ __forceinline__ bool is_last_split(int* counter, int splits) {
  __shared__ bool is_last;
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();  // what the block has written comes before its arrival,
    is_last = atomicAdd(counter, 1) == splits - 1;
    if (is_last) *counter = 0;
    __threadfence();  // and what others have written before theirs, before it is read
  }
  __syncthreads();
  return is_last;
}

// Called by all blocks of a launch, once their results are in the workspace. A warp takes whole
// rows.
template <typename Traits>
__device__ __forceinline__ void combine_if_last(const FlashParams& params, const DecodeTile& tile) {
  const int number = blockIdx.x + gridDim.x * blockIdx.z;  // of the tile
  if (!is_last_split(device_pointer<int>(params.counters) + number, params.num_splits)) return;
  const PartialRows partials(params);
  const OutputRows<typename Traits::Element> output(params, tile);
  const int lane = threadIdx.x % 32;
  for (int i = threadIdx.x / 32; i < Traits::kBlockM; i += Traits::kWarps) {
    const PackedRow row = tile.rows[i];
    if (!tile.problem.tile.contains(row.query)) continue;
    const SplitsOfRow splits(partials, tile.partial_row(row, params.seqlen_q), params.num_splits);
    for (int column = lane * 4; column < params.head_dim_v; column += 32 * 4) {
      float values[4];
      splits.columns(column, params.head_dim_v, values);
      output.store(row, column, values);
    }
    if (lane == 0) output.store_log_sum(row, splits.log_sum());
  }
}

}  // namespace attnkit::flash
