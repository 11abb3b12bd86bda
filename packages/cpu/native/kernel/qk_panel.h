// S^T = K · Q^T for R keys and V vectors of queries, all R × V sums in registers. Queries are in
// the lanes, so K is only ever read as scalars: in place, at any row stride and for any head dim.
#pragma once
#include "products.h"

namespace attnkit::cpu {
namespace {

// The end of a panel: its scores, and `row_max` raised to the largest of each query.
template <int R, int V>
ATTNKIT_INLINE void store_scores(const Sums<R, V>& sum, float* scores, Vec* row_max) {
  Vec largest[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { largest[v] = row_max[v]; });
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      largest[v] = max(largest[v], sum[r][v]);
      store(scores + (r * V + v) * kLanes, sum[r][v]);
    });
  });
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { row_max[v] = largest[v]; });
}

// scores[panels · R][V·lanes] from keys[panels · R] at `key_stride` and queries[head_dim][V·lanes].
// The loop over panels is in here so that one panel's first products overlap the last's stores.
template <int R, int V>
__attribute__((noinline)) void qk_panels(int64_t panels, const float* __restrict queries,
                                         const float* __restrict keys, ptrdiff_t key_stride,
                                         int64_t head_dim, float* __restrict scores,
                                         Vec* __restrict row_max) {
  for (int64_t i = 0; i < panels; i++) {
    Sums<R, V> sum;
    set_products<R, V>(sum, queries, keys, key_stride);
    for (int64_t d = 1; d < head_dim; d++) {
      add_products<R, V>(sum, queries + d * V * kLanes, keys + d, key_stride);
    }
    store_scores<R, V>(sum, scores, row_max);
    keys += R * key_stride;
    scores += R * V * kLanes;
  }
}

}  // namespace
}  // namespace attnkit::cpu
