// S^T = K · Q^T for R keys and V vectors of queries, all R × V sums in registers. Queries are in
// the lanes, so K is only ever read as scalars: in place, at any row stride and for any head dim.
#pragma once
#include "unroll.h"

namespace attnkit::cpu {
namespace {

// scores[R][V·lanes] from keys[R] at `key_stride` and queries[head_dim][V·lanes];
// `row_max` is raised to the largest score of each query. head_dim ≥ 1.
template <int R, int V>
__attribute__((noinline)) void qk_panel(const float* __restrict queries,
                                        const float* __restrict keys, ptrdiff_t key_stride,
                                        int64_t head_dim, float* __restrict scores,
                                        Vec* __restrict row_max) {
  Vec sum[R][V], q[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { q[v] = load(queries + v * kLanes); });
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    const Vec k = splat(keys[r * key_stride]);
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = k * q[v]; });
  });
  for (int64_t d = 1; d < head_dim; d++) {
    queries += V * kLanes;
    keys++;
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { q[v] = load(queries + v * kLanes); });
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const Vec k = splat(keys[r * key_stride]);
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] += k * q[v]; });
    });
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { q[v] = row_max[v]; });
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      q[v] = max(q[v], sum[r][v]);
      store(scores + (r * V + v) * kLanes, sum[r][v]);
    });
  });
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { row_max[v] = q[v]; });
}

}  // namespace
}  // namespace attnkit::cpu
