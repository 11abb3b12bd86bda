// Combines the splits of a tile in a cluster: its blocks, one a split, read one another's results
// and write the output among them. No workspace, no second kernel.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "attnkit/thread_block_cluster.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/warp_results.cuh"
#include "kernels/decode/write_rows.cuh"

namespace attnkit::flash {

// What the other blocks of the cluster read.
template <typename Traits>
struct ClusterResults {
  WarpResults<Traits> warps;
  float log_sum[Traits::kBlockM];
  float all_log_sums[kMaxClusterSplits][Traits::kBlockM];  // of all splits, for this block alone

  // Adds the warps up in the place of the first.
  __device__ __forceinline__ void close() {
    for (int i = threadIdx.x; i < Traits::kBlockM * Traits::kOTiles; i += Traits::kThreads) {
      const int row = i / Traits::kOTiles, column = i % Traits::kOTiles * 8;
      float values[8];
      warps.columns(row, column, values);
      auto* const target = reinterpret_cast<float4*>(&warps.output[0][row][column]);
      target[0] = float4{values[0], values[1], values[2], values[3]};
      target[1] = float4{values[4], values[5], values[6], values[7]};
    }
    for (int i = threadIdx.x; i < Traits::kBlockM; i += Traits::kThreads) {
      log_sum[i] = warps.log_sum(i);
    }
  }

  __device__ __forceinline__ void gather_log_sums(int splits) {
    for (int i = threadIdx.x; i < splits * Traits::kBlockM; i += Traits::kThreads) {
      const int split = i / Traits::kBlockM, row = i % Traits::kBlockM;
      all_log_sums[split][row] =
          load_cluster_float(cluster_address(smem_address(&log_sum[row]), split));
    }
    __syncthreads();
  }
};

// A row over all splits.
template <typename Traits>
class ClusterRow {
 public:
  __device__ ClusterRow(const ClusterResults<Traits>& own, int row, int splits)
      : own_(own), row_(row), splits_(splits), largest_(-INFINITY), sum_(0.0f) {
    for (int i = 0; i < splits; ++i) largest_ = fmaxf(largest_, own.all_log_sums[i][row]);
    for (int i = 0; i < splits; ++i) sum_ += weight_of(own.all_log_sums[i][row], largest_);
  }

  __device__ __forceinline__ float log_sum() const { return largest_ + fast_log2(sum_); }

  __device__ __forceinline__ void columns(int first, float (&values)[2]) const {
    const uint32_t address = smem_address(&own_.warps.output[0][row_][first]);
    const float inverse = inverse_of(sum_);
    values[0] = values[1] = 0.0f;
#pragma unroll 8
    for (int split = 0; split < splits_; ++split) {
      const float weight = weight_of(own_.all_log_sums[split][row_], largest_) * inverse;
      const float2 part = load_cluster_float2(cluster_address(address, split));
      if (weight == 0.0f) continue;  // a value that the row does not see may have been NaN
      values[0] += weight * part.x;
      values[1] += weight * part.y;
    }
  }

 private:
  const ClusterResults<Traits>& own_;
  int row_;
  int splits_;
  float largest_;
  float sum_;
};

// Called by all blocks of the cluster. Pairs of columns are dealt out to their threads.
template <typename Traits>
__device__ __forceinline__ void combine_in_cluster(ClusterResults<Traits>& own,
                                                   const FlashParams& params,
                                                   const DecodeTile& tile) {
  own.close();
  cluster_sync();
  own.gather_log_sums(params.num_splits);
  const OutputRows<typename Traits::Element> output(params, tile);
  constexpr int kPairs = Traits::kHeadDim / 2;
  const int threads = Traits::kThreads * params.num_splits;
  for (int i = tile.split * Traits::kThreads + int(threadIdx.x); i < Traits::kBlockM * kPairs;
       i += threads) {
    const int column = i % kPairs * 2;
    PackedRow row;
    if (column >= params.head_dim_v || !tile.find(i / kPairs, row)) continue;
    const ClusterRow<Traits> splits(own, i / kPairs, params.num_splits);
    float values[2];
    splits.columns(column, values);
    output.store(row, column, values);
    if (column == 0) output.store_log_sum(row, splits.log_sum());
  }
  wait_for_cluster();  // nobody leaves, or goes on in its memory, while others read it
}

}  // namespace attnkit::flash
