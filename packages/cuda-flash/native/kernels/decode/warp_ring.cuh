// Brings a warp's keys and values into shared memory ahead of their use. Each warp has a ring of
// its own, so that no warp ever waits for another.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/warp_copy.cuh"
#include "params.h"

namespace attnkit::flash {

// All warps of all splits take turns at the blocks of keys, so that at any time they read what lies
// side by side in memory. A step is the keys and values of a block.
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
        block_(tile.problem.blocks.begin + tile.split * Traits::kWarps + int(threadIdx.x / 32)),
        params_(params),
        problem_(tile.problem) {}

  // Sends for the first kStages - 1 steps, a group each.
  __device__ __forceinline__ void start() const {
#pragma unroll
    for (int step = 0; step < kStages - 1; ++step) {
      load(block_ + step * turn(), step);
      cp_async_commit();
    }
  }

  __device__ __forceinline__ bool has_block() const { return block_ < problem_.blocks.end; }
  __device__ __forceinline__ int block() const { return block_; }

  // Waits for the current block and sends for the one that takes the place of the last.
  __device__ __forceinline__ void acquire() const {
    cp_async_wait<kStages - 2>();
    __syncwarp();
    load(block_ + (kStages - 1) * turn(), stage_ == 0 ? kStages - 1 : stage_ - 1);
    cp_async_commit();
  }

  __device__ __forceinline__ void advance() {
    block_ += turn();
    stage_ = stage_ == kStages - 1 ? 0 : stage_ + 1;
  }

  __device__ __forceinline__ uint32_t keys() const { return keys_at(stage_); }
  __device__ __forceinline__ uint32_t values() const { return values_at(stage_); }

 private:
  // From one block of this warp to its next.
  __device__ __forceinline__ int turn() const { return params_.num_splits * Traits::kWarps; }

  __device__ __forceinline__ uint32_t keys_at(int stage) const {
    return smem_ + stage * Traits::kStageBytes;
  }
  __device__ __forceinline__ uint32_t values_at(int stage) const {
    return keys_at(stage) + Tile::kBytes;
  }

  __device__ __forceinline__ void load(int block, int stage) const {
    if (block >= problem_.blocks.end) return;
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
  const FlashParams& params_;
  const TileProblem& problem_;
};

}  // namespace attnkit::flash
