// The guard: warps beside the producer that look after values which some row of a tile must not
// meet. A hidden key has the probability 0, and 0 times a NaN or an infinity is NaN.
#pragma once

#include "attnkit/tensor_map.cuh"
#include "kernels/hopper/hopper_params.h"
#include "kernels/hopper/shared_storage.cuh"

namespace attnkit::flash {

template <typename Traits>
class ValueGuard {
  using Storage = SharedStorage<Traits>;
  using Tile = typename Traits::KeyTile;

 public:
  __device__ ValueGuard(const HopperParams& params, const Storage& smem)
      : params_(params), smem_(smem) {}

  __device__ __forceinline__ void run() {
    guard_stream();
    if (smem_.replay_follows(params_.flash)) guard_stream();
  }

 private:
  __device__ __forceinline__ void guard_stream() {
    for (bool ends = false; !ends;) {
      wait(smem_.tile_ready(tiles_.slot()), tiles_.parity());
      const TileProblem& problem = smem_.tile(tiles_.slot()).problem;
      ends = problem.rows.empty();
      if (!ends) guard_tile(problem.blocks, problem.whole_blocks, problem.seen);
      __syncwarp();
      if (threadIdx.x % 32 == 0) arrive(smem_.tile_done(tiles_.slot()));
      tiles_.advance();
    }
  }

  __device__ __forceinline__ void guard_tile(Range blocks, Range whole, Range seen) {
    for (int block = blocks.end - 1; block >= blocks.begin; --block) {
      if (!whole.contains(block)) guard_block(block, seen);
      stage_.advance();
    }
  }

  __device__ __forceinline__ void guard_block(int block, Range seen) {
    wait(smem_.guard_called(stage_.slot), calls_.take(stage_.slot));
    wait(smem_.values_full(stage_.slot), stage_.parity);
    const int first = block * Traits::kBlockN;
    char* const tile = Storage::template pointer_to<char>(smem_.values(stage_.slot));
    zero_rows(tile, {0, seen.begin - first});
    zero_rows(tile, {seen.end - first, Traits::kBlockN});
    fence_for_copy_engine();
    arrive(smem_.values_guarded(stage_.slot));
  }

  // Keys that no row of the tile sees.
  __device__ __forceinline__ static void zero_rows(char* tile, Range rows) {
    rows = intersect(rows, {0, Traits::kBlockN});
    if (rows.empty()) return;
    constexpr int kChunks = Tile::kSwizzleBytes / 16;
#pragma unroll 1
    for (int panel = 0; panel < Tile::kPanels; ++panel) {
      uint4* const chunks = reinterpret_cast<uint4*>(tile + panel * Tile::kPanelBytes);
#pragma unroll 1
      for (int i = rows.begin * kChunks + int(threadIdx.x) - kFirstGuardThread;
           i < rows.end * kChunks; i += kGuardThreads) {
        chunks[i] = uint4{0, 0, 0, 0};
      }
    }
  }

  const HopperParams& params_;
  const Storage& smem_;
  typename Storage::TilePosition tiles_;
  RingPosition<Traits::kStages> stage_;
  SlotParities calls_;
};

}  // namespace attnkit::flash
