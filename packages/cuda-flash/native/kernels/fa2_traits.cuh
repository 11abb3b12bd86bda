// The compile-time choices of a FlashAttention-2 kernel.
#pragma once

#include "attnkit/smem_tile.cuh"

namespace attnkit::flash {

template <typename Element_, int kHeadDim_, int kWarps_, int kWarpM_, int kBlockN_, int kStages_,
          int kMinBlocks_, bool kQueriesInRegisters_>
struct Fa2Traits {
  static_assert(kWarpM_ % 16 == 0, "a warp holds whole m16 tiles");
  static_assert(kBlockN_ % 16 == 0, "a k-step of P V is 16 keys");

  using Element = Element_;
  static constexpr int kHeadDim = kHeadDim_;  // rounded up; columns beyond the true one are zeros
  static constexpr int kWarps = kWarps_;
  static constexpr int kWarpM = kWarpM_;          // queries of a warp
  static constexpr int kBlockN = kBlockN_;        // keys of a step
  static constexpr int kStages = kStages_;        // key and value tiles in flight
  static constexpr int kMinBlocks = kMinBlocks_;  // thread blocks that must fit on a multiprocessor
  static constexpr bool kQueriesInRegisters = kQueriesInRegisters_;

  static constexpr int kThreads = kWarps * 32;
  static constexpr int kBlockM = kWarps * kWarpM;
  static constexpr int kMTiles = kWarpM / 16;   // m16n8 accumulators down,
  static constexpr int kNTiles = kBlockN / 8;   // along the keys
  static constexpr int kOTiles = kHeadDim / 8;  // and along the head dim

  using QueryTile = SmemTile<kBlockM, kHeadDim>;
  using KeyTile = SmemTile<kBlockN, kHeadDim>;  // of values too
  static constexpr int kSmemBytes = QueryTile::kBytes + 2 * kStages * KeyTile::kBytes;
};

}  // namespace attnkit::flash
