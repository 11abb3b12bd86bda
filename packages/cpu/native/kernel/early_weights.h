// Scores and weights in one pass over a tile: beside the products of a panel of keys, the scores of
// the panel before become weights, on units of the processor that the products leave idle. Weights
// are made before the tile's largest score is known, so they are relative to a reference: the
// largest score that the row knew of. Softmax does not depend on it, and float32 has room for
// scores that pass it by kHeadroom powers of two. A tile that passes it by more is done again the
// usual way, which moves the reference.
#pragma once
#include "score_panels.h"
#include "softmax_step.h"

namespace attnkit::cpu {
namespace {

constexpr float kHeadroom = 16.0f;
constexpr int kEarlyRows = 4;    // keys of a panel: leaves registers to make weights in
constexpr int kVectorSteps = 4;  // vectors of weights, at most, that a key's products are cut for
constexpr bool kMakesEarlyWeights = kLanes == 16 && kRows == 8;  // measured with 32 registers of 16

// Whether the weights of a tile may be made early: nothing stands between scores and softmax.
ATTNKIT_INLINE bool suits_early_weights(const TaskContext& t, int64_t keys) {
  return kMakesEarlyWeights && keys % kEarlyRows == 0 && t.p.head_dim >= kEarlyRows * kVectorSteps;
}

// Weights in place of the scores at `scores`, and their sum.
ATTNKIT_INLINE void weigh(float* scores, Vec& total) {
  const Vec p = weight(load(scores));
  total += p;
  store(scores, p);
}

// Scores of `panels` panels relative to `reference`, and weights of the panel before each of them:
// one vector of weights after the products of every `Gap` elements of the head. `tile_max` is
// raised to the largest of these scores.
template <int V, int Gap>
__attribute__((noinline)) void early_panels(int64_t panels, const float* __restrict queries,
                                            const float* __restrict keys, ptrdiff_t key_stride,
                                            int64_t head_dim, const float* __restrict reference,
                                            float* __restrict scores, Vec* __restrict tile_max,
                                            Vec* __restrict tile_sum) {
  constexpr int R = kEarlyRows, kSteps = kVectorSteps * Gap;
  Vec total[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { total[v] = tile_sum[v]; });
  for (int64_t i = 0; i < panels; i++) {
    const float *query = queries, *key = keys;
    Sums<R, V> sum;
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = -load(reference + v * kLanes); });
    });
    const auto multiply = [&]() ATTNKIT_INLINE_LAMBDA {
      add_products<R, V>(sum, query, key, key_stride);
      query += V * kLanes;
      key++;
    };
    for (int r = 0; r < R; r++) {
      float* before = scores + (r - R) * V * kLanes;
      unroll<kSteps>([&](auto step) ATTNKIT_INLINE_LAMBDA {
        constexpr int v = step / Gap;
        if constexpr (step % Gap == 0 && v < V) weigh(before + v * kLanes, total[v]);
        multiply();
      });
    }
    for (int64_t d = R * kSteps; d < head_dim; d++) multiply();
    store_scores<R, V>(sum, scores, tile_max);
    keys += R * key_stride;
    scores += R * V * kLanes;
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = total[v]; });
}

// The first panel of a tile, without weights beside it. It gives rows that have seen no key their
// reference.
template <int V>
ATTNKIT_INLINE void first_early_panel(const TaskContext& t, const SubBlock& sub,
                                      const KeyTile& tile, Vec* tile_max) {
  float* scores = t.s.scores;
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_max[v] = splat(-kInfinity); });
  qk_panels<kEarlyRows, V>(1, sub.queries, tile.k, tile.k_stride, t.p.head_dim, scores, tile_max);
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    if (!sub.started) store(sub.row_max + v * kLanes, tile_max[v]);
    const Vec reference = load(sub.row_max + v * kLanes);
    tile_max[v] -= reference;
    for (float* at = scores + v * kLanes; at < scores + kEarlyRows * V * kLanes; at += V * kLanes) {
      store(at, load(at) - reference);
    }
  });
}

// Weights of a tile in place of its scores, as `softmax` says, and their sums. False when the
// reference does not serve: what is in place of the scores is of no use then.
template <int V>
__attribute__((noinline)) bool weigh_early(const TaskContext& t, const SubBlock& sub,
                                           const KeyTile& tile, int64_t keys, bool prefetch,
                                           Softmax<V>& softmax, Vec* tile_sum) {
  Vec tile_max[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = Vec{}; });
  if (prefetch) prefetch_rows(t.p, tile, 0, keys);
  first_early_panel<V>(t, sub, tile, tile_max);
  const bool long_heads = t.p.head_dim >= 2 * kEarlyRows * kVectorSteps;
  const auto multiply = long_heads ? early_panels<V, 2> : early_panels<V, 1>;
  const auto panels = [&](auto, int64_t key, int64_t count) ATTNKIT_INLINE_LAMBDA {
    multiply(count, sub.queries, tile.k + key * tile.k_stride, tile.k_stride, t.p.head_dim,
             sub.row_max, t.s.scores + key * V * kLanes, tile_max, tile_sum);
  };
  for_panels<kEarlyRows>(t, tile, kEarlyRows, keys, prefetch, panels);
  for (int64_t key = keys - kEarlyRows; key < keys; key++) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      weigh(t.s.scores + (key * V + v) * kLanes, tile_sum[v]);
    });
  }
  IntVec serves = splat(-1);
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    softmax.largest[v] = load(sub.row_max + v * kLanes);
    softmax.rescale[v] = splat(1.0f);
    serves &= (IntVec)(tile_max[v] <= kHeadroom);  // neither NaN nor relative to -infinity
  });
  return all_lanes(serves);
}

}  // namespace
}  // namespace attnkit::cpu
