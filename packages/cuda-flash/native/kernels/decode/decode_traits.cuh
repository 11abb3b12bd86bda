// The compile-time choices of a decode kernel.
#pragma once

#include "attnkit/smem_tile.cuh"

namespace attnkit::flash {

template <typename Element_, int kHeadDim_, int kWarps_, int kBlockM_, int kBlockN_, int kStages_,
          int kMinBlocks_, bool kQueriesInRegisters_>
struct DecodeTraits {
  static_assert(kBlockM_ % 16 == 0, "a warp holds whole m16 tiles");
  static_assert(kBlockN_ % (16 * kWarps_) == 0, "a k-step of P V is 16 keys");
  static_assert(kStages_ >= 2, "keys arrive while others are worked on");

  using Element = Element_;
  static constexpr int kHeadDim = kHeadDim_;  // rounded up; columns beyond the true one are zeros
  static constexpr int kWarps = kWarps_;
  static constexpr int kBlockM = kBlockM_;          // rows, all of which each warp holds
  static constexpr int kWarpN = kBlockN_ / kWarps;  // keys of a warp's step
  static constexpr int kStages = kStages_;          // steps of a warp in shared memory
  static constexpr int kMinBlocks = kMinBlocks_;  // thread blocks that must fit on a multiprocessor
  static constexpr bool kQueriesInRegisters = kQueriesInRegisters_;

  static constexpr int kThreads = kWarps * 32;
  static constexpr int kBlockN = kBlockN_;      // keys of a step of all warps
  static constexpr int kMTiles = kBlockM / 16;  // m16n8 accumulators down,
  static constexpr int kNTiles = kWarpN / 8;    // along the keys
  static constexpr int kOTiles = kHeadDim / 8;  // and along the head dim

  using QueryTile = SmemTile<kBlockM, kHeadDim>;
  using KeyTile = SmemTile<kWarpN, kHeadDim>;  // of values too
  static constexpr int kStepBytes = 2 * KeyTile::kBytes;
  static constexpr int kStageBytes = kWarps * kStepBytes;
  static constexpr int kRingBytes = kStages * kStageBytes;
  // Queries lie behind the ring, or where its last stage comes once all warps have them in
  // registers.
  static constexpr int kQueryOffset =
      kQueriesInRegisters ? (kStages - 1) * kStageBytes : kRingBytes;
  static constexpr int kTileBytes =
      kQueriesInRegisters ? kRingBytes : kRingBytes + QueryTile::kBytes;
  static_assert(!kQueriesInRegisters || QueryTile::kBytes <= kStageBytes, "they fit in a stage");
};

}  // namespace attnkit::flash
