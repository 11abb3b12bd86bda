// One step of the online softmax over a tile of scores: P over S in place, and what the sums of
// earlier tiles are multiplied by.
#pragma once
#include "exp2.h"
#include "unroll.h"

namespace attnkit::cpu {
namespace {

// A row that has seen no key yet has -inf as its maximum; subtracting that would make NaN.
ATTNKIT_INLINE Vec finite_max(Vec m) { return m == -kInfinity ? Vec{} : m; }

// What a tile's scores become weights by: `largest` is subtracted first; sums of earlier tiles are
// multiplied by `rescale`.
template <int V>
struct Softmax {
  Vec largest[V], rescale[V];
};

// Raises `row_max` to `tile_max`.
template <int V>
ATTNKIT_INLINE Softmax<V> begin_softmax(bool first, const Vec* tile_max, float* row_max) {
  Softmax<V> softmax;
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    const Vec before = first ? splat(-kInfinity) : load(row_max + v * kLanes);
    const Vec now = max(before, tile_max[v]);
    store(row_max + v * kLanes, now);
    softmax.largest[v] = finite_max(now);
    softmax.rescale[v] = exp2(before - softmax.largest[v]);
  });
  return softmax;
}

// Weights in place of scores, and their sums.
template <int V>
ATTNKIT_INLINE void make_weights(float* scores, int64_t keys, const Softmax<V>& softmax,
                                 Vec* tile_sum) {
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = Vec{}; });
  for (int64_t j = 0; j < keys; j++, scores += V * kLanes) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      const Vec p = weight(load(scores + v * kLanes) - softmax.largest[v]);
      tile_sum[v] += p;
      store(scores + v * kLanes, p);
    });
  }
}

template <int V>
ATTNKIT_INLINE void add_tile_sum(bool first, const Softmax<V>& softmax, const Vec* tile_sum,
                                 float* row_sum) {
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    const Vec before = first ? Vec{} : load(row_sum + v * kLanes) * softmax.rescale[v];
    store(row_sum + v * kLanes, before + tile_sum[v]);
  });
}

}  // namespace
}  // namespace attnkit::cpu
