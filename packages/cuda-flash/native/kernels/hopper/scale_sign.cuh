// What is done to queries for a scale that is not above 0.
#pragma once

#include "attnkit/warpgroup.cuh"
#include "params.h"

namespace attnkit::flash {

// Negates or zeroes a warpgroup's queries, so that softmax only meets scales above 0. `rows` is at
// its first one.
template <typename Traits>
__device__ __forceinline__ void fold_scale_sign(char* rows, uint32_t flags) {
  using Tile = typename Traits::QueryTile;
  const uint32_t keep = flags & kZeroQueries ? 0u : ~0u;
  const uint32_t flip = flags & kZeroQueries ? 0u : 0x80008000u;
  for (int panel = 0; panel < Tile::kPanels; ++panel) {
    uint32_t* const words = reinterpret_cast<uint32_t*>(rows + panel * Tile::kPanelBytes);
    for (int i = threadIdx.x % kWarpgroupThreads; i < Traits::kWarpgroupM * Tile::kSwizzleBytes / 4;
         i += kWarpgroupThreads) {
      words[i] = (words[i] & keep) ^ flip;
    }
  }
}

}  // namespace attnkit::flash
