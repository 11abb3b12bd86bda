// Brings key and value tiles into shared memory ahead of their use.
#pragma once

#include <cstdint>

#include "attnkit/cp_async.cuh"
#include "attnkit/tile_copy.cuh"
#include "kernels/tile_problem.cuh"
#include "params.h"

namespace attnkit::flash {

// With two stages or more, a stage is the keys and values of a block; they arrive together, one
// barrier a block. With one stage, for head dims whose tiles are large, values travel while scores
// are computed and the next keys while the output is.
template <typename Traits>
class KvPipeline {
  using Tile = typename Traits::KeyTile;
  static constexpr int kStages = Traits::kStages;
  static constexpr bool kSingle = kStages == 1;

 public:
  // `smem` has room for kStages pairs of tiles. `problem` is in shared memory and read there for
  // each block, which costs less than the registers would.
  __device__ KvPipeline(uint32_t smem, const FlashParams& params, const TileProblem& problem)
      : smem_(smem), params_(params), problem_(problem) {}

  // Number of groups that start() commits.
  static constexpr int kStartGroups = kSingle ? 1 : kStages - 1;

  __device__ __forceinline__ void start(int block) const {
    if constexpr (kSingle) {
      load_keys(block);
      cp_async_commit();
    } else {
#pragma unroll
      for (int ahead = 0; ahead < kStages - 1; ++ahead) {
        load_both(block + ahead);
        cp_async_commit();
      }
    }
  }

  // Waits for the keys of `block` and sends for what takes the place of tiles that are done with.
  __device__ __forceinline__ void acquire_keys(int block) const {
    cp_async_wait<kSingle ? 0 : kStages - 2>();
    __syncthreads();
    if constexpr (kSingle) {
      load_values(block);
    } else {
      load_both(block + kStages - 1);
    }
    cp_async_commit();
  }

  // Waits for the values of `block`.
  __device__ __forceinline__ void acquire_values(int block) const {
    if constexpr (kSingle) {
      cp_async_wait<0>();
      __syncthreads();
      load_keys(block + 1);
      cp_async_commit();
    }
  }

  __device__ __forceinline__ uint32_t keys(int block) const {
    return smem_ + block % kStages * 2 * Tile::kBytes;
  }
  __device__ __forceinline__ uint32_t values(int block) const { return keys(block) + Tile::kBytes; }

 private:
  __device__ __forceinline__ void load_keys(int block) const {
    if (block < problem_.blocks.end)
      load(problem_.k, params_.k, params_.head_dim, keys(block), block);
  }
  __device__ __forceinline__ void load_values(int block) const {
    if (block < problem_.blocks.end)
      load(problem_.v, params_.v, params_.head_dim_v, values(block), block);
  }
  __device__ __forceinline__ void load_both(int block) const {
    if (block >= problem_.blocks.end) return;
    load(problem_.k, params_.k, params_.head_dim, keys(block), block);
    load(problem_.v, params_.v, params_.head_dim_v, values(block), block);
  }
  __device__ __forceinline__ void load(const char* gmem, const HeadTensor& tensor, int head_dim,
                                       uint32_t tile, int block) const {
    const TileCopy<Tile, Traits::kThreads> copy(gmem, tensor.row_stride, head_dim / 8);
    copy.load(tile, block * Traits::kBlockN, problem_.seen);
  }

  uint32_t smem_;
  const FlashParams& params_;
  const TileProblem& problem_;
};

}  // namespace attnkit::flash
