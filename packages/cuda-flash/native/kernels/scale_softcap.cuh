// What is done to queries and scores before the softmax, which takes no scale but one above 0.
#pragma once

#include <cstdint>

#include "attnkit/fast_math.cuh"
#include "params.h"

namespace attnkit::flash {

// What queries are negated or zeroed by, so that softmax only meets scales above 0.
class ScaleSign {
 public:
  __device__ explicit ScaleSign(uint32_t flags)
      : keep_(flags & kZeroQueries ? 0u : ~0u), flip_(flags & kNegateQueries ? 0x80008000u : 0u) {}

  // Of 8 elements.
  __device__ __forceinline__ uint4 operator()(uint4 x) const {
    return uint4{(x.x & keep_) ^ flip_, (x.y & keep_) ^ flip_, (x.z & keep_) ^ flip_,
                 (x.w & keep_) ^ flip_};
  }

 private:
  uint32_t keep_;
  uint32_t flip_;
};

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
