// The scores of a tile, panel by panel over its keys.
#pragma once
#include "key_tile.h"
#include "qk_panel.h"
#include "row_block.h"
#include "task_context.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE void prefetch_rows(const Problem& p, const KeyTile& tile, int64_t j, int64_t keys) {
  for (int64_t i = j; i < min(keys, j + kRows); i++) {
    for (int64_t d = 0; d < p.head_dim; d += 16) {
      __builtin_prefetch(tile.k + (i + 2 * kRows) * tile.k_stride + d, 0, 3);
    }
    for (int64_t d = 0; d < p.head_dim_v; d += 16) {
      __builtin_prefetch(tile.v + i * tile.v_stride + d, 0, 2);
    }
  }
}

// f(rows of a panel, first key, panels) over the keys: all whole panels at once, or kRows keys at a
// time where the lines behind them are to be prefetched, then the keys that are left.
template <int R, class F>
ATTNKIT_INLINE void for_panels(const TaskContext& t, const KeyTile& tile, int64_t key, int64_t keys,
                               bool prefetch, const F& f) {
  while (keys - key >= R) {
    if (prefetch) prefetch_rows(t.p, tile, key, keys);
    const int64_t panels = (prefetch ? min(kRows, keys - key) : keys - key) / R;
    f(Constant<R>{}, key, panels);
    key += panels * R;
  }
  if (key == keys) return;
  with_count<R - 1>(keys - key, [&](auto r) ATTNKIT_INLINE_LAMBDA { f(r, key, 1); });
}

template <int V, bool Dots>
ATTNKIT_INLINE void score_panels(const TaskContext& t, const SubBlock& sub, const KeyTile& tile,
                                 int64_t keys, bool prefetch, Vec* tile_max) {
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_max[v] = splat(-kInfinity); });
  const auto panels = [&](auto r, int64_t key, int64_t count) ATTNKIT_INLINE_LAMBDA {
    float* scores = t.s.scores + key * V * kLanes;
    if constexpr (Dots) {
      dot_qk_panels<r, V>(count, sub.queries, tile.k_pairs + key * tile.k_stride, tile.k_stride,
                          t.p.head_dim / 2, query_factor(t.p), scores, tile_max);
    } else {
      qk_panels<r, V>(count, sub.queries, tile.k + key * tile.k_stride, tile.k_stride, t.p.head_dim,
                      scores, tile_max);
    }
  };
  for_panels<kRows>(t, tile, 0, keys, prefetch, panels);
}

}  // namespace
}  // namespace attnkit::cpu
