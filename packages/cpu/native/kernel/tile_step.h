// One register block of queries against one tile of keys: scores, softmax, weighted values.
#pragma once
#include "early_weights.h"
#include "pv_panel.h"
#include "qk_output.h"
#include "score_edits.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE bool hides_some(const SubBlock& sub, const KeyTile& tile, int64_t keys) {
  return tile.begin < sub.span.all_begin || tile.begin + keys > sub.span.all_end;
}

ATTNKIT_INLINE bool needs_edits(const TaskContext& t, const SubBlock& sub, const KeyTile& tile,
                                int64_t keys) {
  return t.by_pair || tile.adds_by_key || t.shifts || t.p.softcap != 0 || t.p.qk ||
         hides_some(sub, tile, keys);
}

// Everything between Q·K and softmax, in the order of the operator's definition.
template <int V>
__attribute__((noinline)) void edit_scores(const TaskContext& t, const SubBlock& sub,
                                           const KeyTile& tile, int64_t keys, bool show,
                                           Vec* tile_max) {
  const Problem& p = t.p;
  const RowTable& rows = t.s.rows;
  float* scores = t.s.scores;
  const auto show_as = [&](float unit) {
    show_scores<V>(p, t.block, rows, sub.first, sub.count, scores, tile.begin, keys, unit);
  };
  if (t.shifts && tile.is_new) shift_scores<V>(scores, keys, sub.shift);
  if (show && p.qk_output == kQkScaled) show_as(p.softcap != 0 ? (float)p.softcap : kLn2);
  if (p.softcap != 0) cap_scores<V>(scores, keys, (float)p.softcap);
  if (show && (p.qk_output == kQkSoftcapped || p.qk_output == kQkBiased)) show_as(kLn2);
  if (tile.adds_by_key) {
    add_by_key<V>(scores, keys, t.s.key_bias, t.s.key_mask, rows.ignores_mask + sub.first);
  }
  if (t.by_pair) {
    add_by_pair<V>(p, t.by_pair, t.block.batch, rows, sub.first, sub.count, tile.begin, scores,
                   keys);
  }
  if (hides_some(sub, tile, keys)) {
    hide_outside<V>(scores, tile.begin, keys, rows.key_begin + sub.first, rows.key_end + sub.first);
  }
  find_max<V>(scores, keys, tile_max);
}

// Elements of V in the panel that makes the weights. With 16 registers there is no room for both:
// the weights are made before the first panel.
constexpr int kFirstRows = kRows == 8 ? kRows / 2 : 0;

// O^T with the weights: panel by panel over the elements [d, head_dim_v) of V.
template <int V>
ATTNKIT_INLINE void value_panels(const TaskContext& t, const SubBlock& sub, const KeyTile& tile,
                                 int64_t keys, const Softmax<V>& softmax, int64_t d) {
  for (; d < t.p.head_dim_v; d += kRows) {
    with_count<kRows>(t.p.head_dim_v - d, [&](auto r) ATTNKIT_INLINE_LAMBDA {
      pv_panel<r, V>(t.s.scores, tile.v + d, tile.v_stride, keys, sub.out + d * V * kLanes,
                     softmax.rescale, !sub.started);
    });
  }
}

// The same from scores, which become weights on the way.
template <int V>
ATTNKIT_INLINE void weighing_value_panels(const TaskContext& t, const SubBlock& sub,
                                          const KeyTile& tile, int64_t keys,
                                          const Softmax<V>& softmax, Vec* tile_sum) {
  if constexpr (kFirstRows == 0) {
    make_weights<V>(t.s.scores, keys, softmax, tile_sum);
  } else {
    with_count<kFirstRows>(t.p.head_dim_v, [&](auto r) ATTNKIT_INLINE_LAMBDA {
      first_pv_panel<r, V>(t.s.scores, tile.v, tile.v_stride, keys, sub.out, softmax, !sub.started,
                           tile_sum);
    });
  }
  value_panels<V>(t, sub, tile, keys, softmax, kFirstRows);
}

// The same by pairs of keys, with weights rounded to bfloat16.
template <int V>
ATTNKIT_INLINE void value_pair_panels(const TaskContext& t, const SubBlock& sub,
                                      const KeyTile& tile, int64_t keys, const Softmax<V>& softmax,
                                      Vec* tile_sum) {
  make_weight_pairs<V>(t.s.scores, keys, softmax, tile_sum);
  for (int64_t d = 0; d < t.p.head_dim_v; d += kRows) {
    with_count<kRows>(t.p.head_dim_v - d, [&](auto r) ATTNKIT_INLINE_LAMBDA {
      dot_pv_panel<r, V>(t.s.scores, tile.v_pairs + d, tile.v_stride, ceil_div(keys, 2),
                         sub.out + d * V * kLanes, softmax.rescale, !sub.started);
    });
  }
}

// As value_panels, but a weight of 0 takes nothing, not even a NaN.
template <int V>
__attribute__((noinline)) void guarded_values(const TaskContext& t, const SubBlock& sub,
                                              const KeyTile& tile, int64_t keys,
                                              const Vec* rescale) {
  for (int64_t d = 0; d < t.p.head_dim_v; d++) {
    for (int v = 0; v < V; v++) {
      const float* weights = t.s.scores + v * kLanes;
      Vec sum{};
      for (int64_t j = 0; j < keys; j++, weights += V * kLanes) {
        const Vec p = load(weights);
        sum += p == 0.0f ? Vec{} : p * tile.v[j * tile.v_stride + d];
      }
      float* out = sub.out + (d * V + v) * kLanes;
      store(out, sub.started ? load(out) * rescale[v] + sum : sum);
    }
  }
}

// The bias of V joins each row in proportion to the weights of the keys that carry it.
template <int V>
__attribute__((noinline)) void add_value_bias(const TaskContext& t, const SubBlock& sub,
                                              const Vec* tile_sum) {
  const RowTable& rows = t.s.rows;
  for (int v = 0; v < V; v++) {
    for (int64_t d = 0; d < t.p.head_dim_v; d++) {
      Vec bias{};
      for (int64_t i = 0; i < kLanes && v * kLanes + i < sub.count; i++) {
        const int64_t head = rows.head[sub.first + v * kLanes + i];
        bias[i] = load_scalar(t.p.v_bias, head * t.p.head_dim_v + d, t.p.dtype);
      }
      float* out = sub.out + (d * V + v) * kLanes;
      store(out, load(out) + bias * tile_sum[v]);
    }
  }
}

// From scores to O^T, with whatever stands between scores and softmax.
template <int V, bool Dots>
ATTNKIT_INLINE void full_step(const TaskContext& t, const SubBlock& sub, KeyTile& tile,
                              int64_t keys, bool prefetch, bool edits, Softmax<V>& softmax,
                              Vec* tile_sum) {
  Vec tile_max[V];
  score_panels<V, Dots>(t, sub, tile, keys, prefetch, tile_max);
  if (edits) edit_scores<V>(t, sub, tile, keys, true, tile_max);
  softmax = begin_softmax<V>(!sub.started, tile_max, sub.row_max);
  // A hidden key stands beside the last one of an odd number of keys.
  const bool hides = edits || (Dots && keys % 2 != 0 && keys < tile.count);
  if (hides && has_nonfinite_values(t.p, t.s, tile)) {
    make_weights<V>(t.s.scores, keys, softmax, tile_sum);
    guarded_values<V>(t, sub, tile, keys, softmax.rescale);
  } else if constexpr (Dots) {
    value_pair_panels<V>(t, sub, tile, keys, softmax, tile_sum);
  } else {
    weighing_value_panels<V>(t, sub, tile, keys, softmax, tile_sum);
  }
}

template <int V, bool Dots>
ATTNKIT_INLINE bool early_step(const TaskContext& t, const SubBlock& sub, const KeyTile& tile,
                               int64_t keys, bool prefetch, Softmax<V>& softmax, Vec* tile_sum) {
  if constexpr (kMakesEarlyWeights && !Dots) {
    if (suits_early_weights(t, keys) &&
        weigh_early<V>(t, sub, tile, keys, prefetch, softmax, tile_sum)) {
      value_panels<V>(t, sub, tile, keys, softmax, 0);
      return true;
    }
  }
  return false;
}

template <int V, bool Dots>
__attribute__((noinline)) void step(const TaskContext& t, SubBlock& sub, KeyTile& tile,
                                    int64_t keys) {
  Softmax<V> softmax;
  Vec tile_sum[V];
  const bool prefetch = t.prefetch && tile.k_in_place && sub.first == 0;
  const bool edits = needs_edits(t, sub, tile, keys);
  if (edits || !early_step<V, Dots>(t, sub, tile, keys, prefetch, softmax, tile_sum)) {
    full_step<V, Dots>(t, sub, tile, keys, prefetch, edits, softmax, tile_sum);
  }
  add_tile_sum<V>(!sub.started, softmax, tile_sum, sub.row_sum);
  if (t.p.v_bias && tile.is_new) add_value_bias<V>(t, sub, tile_sum);
  sub.started = true;
}

// Scores once more, as probabilities: the row's maximum and factor are known now.
template <int V, bool Dots>
__attribute__((noinline)) void show_probabilities(const TaskContext& t, const SubBlock& sub,
                                                  const KeyTile& tile, int64_t keys,
                                                  const float* factor) {
  Vec tile_max[V];
  score_panels<V, Dots>(t, sub, tile, keys, false, tile_max);
  edit_scores<V>(t, sub, tile, keys, false, tile_max);
  float* scores = t.s.scores;
  for (int64_t j = 0; j < keys; j++) {
    for (int v = 0; v < V; v++, scores += kLanes) {
      const Vec largest = finite_max(load(sub.row_max + v * kLanes));
      store(scores, exp2(load(scores) - largest) * load(factor + v * kLanes));
    }
  }
  show_scores<V>(t.p, t.block, t.s.rows, sub.first, sub.count, t.s.scores, tile.begin, keys, 1.0f);
}

}  // namespace
}  // namespace attnkit::cpu
