// What is done to queries and scores before the softmax, which takes no scale but one above 0.
#pragma once

#include <cstdint>

#include "attnkit/fast_math.cuh"
#include "params.h"

namespace attnkit::flash {

// Negates or zeroes the queries that this thread has loaded, so that softmax only meets scales
// above 0.
template <typename Copy>
__device__ __forceinline__ void fold_scale_sign(const Copy& queries, char* smem_q, uint32_t flags) {
  if ((flags & (kNegateQueries | kZeroQueries)) == 0) return;
  const uint32_t keep = flags & kZeroQueries ? 0u : ~0u;
  const uint32_t flip = flags & kZeroQueries ? 0u : 0x80008000u;
  queries.modify(smem_q, [=](uint4 x) {
    return uint4{(x.x & keep) ^ flip, (x.y & keep) ^ flip, (x.z & keep) ^ flip,
                 (x.w & keep) ^ flip};
  });
}

template <int kMTiles, int kNTiles>
__device__ __forceinline__ void apply_softcap(float (&acc_s)[kMTiles][kNTiles][4], float scale) {
#pragma unroll
  for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
    for (int n = 0; n < kNTiles; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) acc_s[m][n][i] = tanh_of_log2(acc_s[m][n][i] * scale);
    }
  }
}

}  // namespace attnkit::flash
