// Brings a warp's keys and values into shared memory ahead of their use. Each warp has a ring of
// its own, so that no warp ever waits for another.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/warp_copy.cuh"
#include "params.h"

namespace attnkit::flash {

// Of a thread block's blocks of keys, the warps take turns: warp w takes every kWarps-th from the
// w-th on. A step is the keys and values of a block.
template <typename Traits>
class WarpRing {
  using Tile = typename Traits::KeyTile;
  static constexpr int kStages = Traits::kStages;

 public:
  // `smem` has room for kStages stages of all warps. `tile` is in shared memory and read there for
  // each step, which costs less than the registers would.
  __device__ WarpRing(uint32_t smem, const FlashParams& params, const DecodeTile& tile)
      : smem_(smem + threadIdx.x / 32 * Traits::kStepBytes),
        stage_(0),
        params_(params),
        problem_(tile.problem) {
    const Range blocks = tile.blocks(params.num_splits);
    block_ = blocks.begin + int(threadIdx.x / 32);
    end_ = blocks.end;
  }

  // Sends for the first kStages - 1 steps, a group each.
  __device__ __forceinline__ void start() const {
#pragma unroll
    for (int step = 0; step < kStages - 1; ++step) {
      load(block_ + step * Traits::kWarps, step);
      cp_async_commit();
    }
  }

  __device__ __forceinline__ bool has_block() const { return block_ < end_; }
  __device__ __forceinline__ int block() const { return block_; }

  // Waits for the current block and sends for the one that takes the place of the last.
  __device__ __forceinline__ void acquire() const {
    cp_async_wait<kStages - 2>();
    __syncwarp();
    load(block_ + (kStages - 1) * Traits::kWarps, stage_ == 0 ? kStages - 1 : stage_ - 1);
    cp_async_commit();
  }

  __device__ __forceinline__ void advance() {
    block_ += Traits::kWarps;
    stage_ = stage_ == kStages - 1 ? 0 : stage_ + 1;
  }

  __device__ __forceinline__ uint32_t keys() const { return keys_at(stage_); }
  __device__ __forceinline__ uint32_t values() const { return values_at(stage_); }

 private:
  __device__ __forceinline__ uint32_t keys_at(int stage) const {
    return smem_ + stage * Traits::kStageBytes;
  }
  __device__ __forceinline__ uint32_t values_at(int stage) const {
    return keys_at(stage) + Tile::kBytes;
  }

  __device__ __forceinline__ void load(int block, int stage) const {
    if (block >= end_) return;
    copy(keys_at(stage), problem_.k, params_.k, params_.head_dim, block);
    copy(values_at(stage), problem_.v, params_.v, params_.head_dim_v, block);
  }

  __device__ __forceinline__ void copy(uint32_t smem, const char* gmem, const HeadTensor& tensor,
                                       int head_dim, int block) const {
    const WarpCopy<Tile> copy(gmem, tensor.row_stride, head_dim / 8);
    copy.load(smem, block * Traits::kWarpN, problem_.seen);
  }

  uint32_t smem_;  // of this warp
  int stage_;
  int block_;
  int end_;
  const FlashParams& params_;
  const TileProblem& problem_;
};

}  // namespace attnkit::flash
