// One step of the online softmax over a tile of scores: P over S in place, and what the sums of
// earlier tiles are multiplied by.
#pragma once
#include "exp2.h"
#include "unroll.h"

namespace attnkit::cpu {
namespace {

// A row that has seen no key yet has -inf as its maximum; subtracting that would make NaN.
ATTNKIT_INLINE Vec finite_max(Vec m) { return m == -kInfinity ? Vec{} : m; }

// `tile_max` of these scores goes in, `rescale` and `tile_sum` come out; `row_max` and `row_sum` go
// on.
template <int V>
ATTNKIT_INLINE void softmax_step(float* scores, int64_t keys, bool first, const Vec* tile_max,
                                 float* row_max, float* row_sum, Vec* rescale, Vec* tile_sum) {
  Vec largest[V], sum[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    const Vec before = first ? splat(-kInfinity) : load(row_max + v * kLanes);
    const Vec now = max(before, tile_max[v]);
    store(row_max + v * kLanes, now);
    largest[v] = finite_max(now);
    rescale[v] = exp2(before - largest[v]);
    sum[v] = Vec{};
  });
  for (int64_t j = 0; j < keys; j++, scores += V * kLanes) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      const Vec p = exp2(load(scores + v * kLanes) - largest[v]);
      sum[v] += p;
      store(scores + v * kLanes, p);
    });
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    const Vec before = first ? Vec{} : load(row_sum + v * kLanes) * rescale[v];
    store(row_sum + v * kLanes, before + sum[v]);
    tile_sum[v] = sum[v];
  });
}

}  // namespace
}  // namespace attnkit::cpu
