// O^T = rescale · O^T + V^T · P^T for R elements of the head and V vectors of queries. A tile is
// summed from zero and added at the end, which keeps the rounding error independent of the number
// of keys.
#pragma once
#include "unroll.h"

namespace attnkit::cpu {
namespace {

// out[R][V·lanes] from values[keys] at `value_stride` and weights[keys][V·lanes]; `first`: nothing
// is in `out` yet.
template <int R, int V>
__attribute__((noinline)) void pv_panel(const float* __restrict weights,
                                        const float* __restrict values, ptrdiff_t value_stride,
                                        int64_t keys, float* __restrict out,
                                        const Vec* __restrict rescale, bool first) {
  Vec sum[R][V], p[V];
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = Vec{}; });
  });
  for (int64_t j = 0; j < keys; j++) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { p[v] = load(weights + v * kLanes); });
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const Vec x = splat(values[r]);
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] += x * p[v]; });
    });
    weights += V * kLanes;
    values += value_stride;
  }
  if (!first) {
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
        sum[r][v] += load(out + (r * V + v) * kLanes) * rescale[v];
      });
    });
  }
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { store(out + (r * V + v) * kLanes, sum[r][v]); });
  });
}

}  // namespace
}  // namespace attnkit::cpu
