// Combines the splits of each row from the workspace.
#pragma once

#include <cstdint>

#include "attnkit/dependent_launch.cuh"
#include "attnkit/mma_sync.cuh"
#include "attnkit/sequence.cuh"
#include "kernels/decode/partial_rows.cuh"
#include "kernels/tile_problem.cuh"
#include "params.h"

namespace attnkit::flash {

inline constexpr int kCombineThreads = 128;

// Combines a value of each lane of a warp.
template <typename Combine>
__device__ __forceinline__ float reduce_warp(float value, Combine combine) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = combine(value, __shfl_xor_sync(~0u, value, distance));
  }
  return value;
}

// The base-2 logarithms of the sums of a row's splits.
class LogSums {
 public:
  // Called by whole warps.
  __device__ LogSums(const float* log_sums, int splits) : log_sums_(log_sums) {
    const int lane = threadIdx.x % 32;
    float most = -INFINITY;
    for (int i = lane; i < splits; i += 32) most = fmaxf(most, log_sums[i]);
    largest_ = reduce_warp(most, [](float a, float b) { return fmaxf(a, b); });
    float sum = 0.0f;
    for (int i = lane; i < splits; i += 32) sum += weight_of(log_sums[i], largest_);
    sum_ = reduce_warp(sum, [](float a, float b) { return a + b; });
  }

  // What the output of a split counts: 0 for one without keys, which has none.
  __device__ __forceinline__ float weight(int split) const {
    return weight_of(log_sums_[split], largest_) * inverse_of(sum_);
  }
  __device__ __forceinline__ float total() const { return largest_ + fast_log2(sum_); }

 private:
  const float* log_sums_;
  float largest_;
  float sum_;
};

// Four columns of a row, summed over every `step`-th split from `first` on.
__device__ __forceinline__ float4 sum_of_splits(const PartialRows& partials, const LogSums& sums,
                                                int64_t row, int column, Range splits, int step) {
  float4 total = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll 4
  for (int split = splits.begin; split < splits.end; split += step) {
    const float weight = sums.weight(split);
    if (weight == 0.0f) continue;
    const float4 part = *reinterpret_cast<const float4*>(partials.output(row, split) + column);
    total.x += weight * part.x;
    total.y += weight * part.y;
    total.z += weight * part.z;
    total.w += weight * part.w;
  }
  return total;
}

// Grid: (queries, heads, batch). Threads that have the same columns take different splits.
template <typename Element>
__global__ void __launch_bounds__(kCombineThreads)
    combine_kernel(const __grid_constant__ FlashParams params) {
  __shared__ float4 totals[kCombineThreads];
  allow_next_kernel();
  wait_for_previous_kernel();
  const int batch = params.first_batch + blockIdx.z, head = blockIdx.y, query = blockIdx.x;
  const TokenSpan queries = locate_sequence(device_pointer<const int32_t>(params.cu_seqlens_q),
                                            batch, params.seqlen_q, params.q.total_tokens);
  if (query >= queries.length) return;
  const int64_t row = (int64_t(batch) * params.num_heads + head) * params.seqlen_q + query;
  const PartialRows partials(params);
  const LogSums sums(partials.log_sum(row, 0), params.num_splits);

  const int threads_per_row = params.head_dim_v / 4;
  const int groups = kCombineThreads / threads_per_row;
  const int group = threadIdx.x / threads_per_row;
  const int column = threadIdx.x % threads_per_row * 4;
  if (group < groups) {
    totals[threadIdx.x] =
        sum_of_splits(partials, sums, row, column, {group, params.num_splits}, groups);
  }
  __syncthreads();
  if (group != 0) return;
  float4 total = totals[threadIdx.x];
  for (int i = 1; i < groups; ++i) {
    const float4 part = totals[threadIdx.x + i * threads_per_row];
    total = {total.x + part.x, total.y + part.y, total.z + part.z, total.w + part.w};
  }
  char* const output = head_pointer(params.o, batch, queries.first + query, head);
  *reinterpret_cast<uint2*>(output + column * int(sizeof(Element))) =
      uint2{pack2<Element>(total.x, total.y), pack2<Element>(total.z, total.w)};
  float* const softmax_lse = lse_pointer(params, batch, head, queries);
  if (softmax_lse != nullptr && threadIdx.x == 0) softmax_lse[query] = sums.total() * kLn2;
}

}  // namespace attnkit::flash
