// What happens to a tile of scores between Q·K and the softmax, one pass for each thing and only
// where it is asked for. A tile is transposed: V vectors of queries for each key.
#pragma once
#include "additions.h"
#include "kernel_scratch.h"
#include "tanh.h"
#include "transpose.h"

namespace attnkit::cpu {
namespace {

// scores += shift, by query: the bias of K seen from Q.
template <int V>
void shift_scores(float* scores, int64_t keys, const float* shift) {
  Vec by[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { by[v] = load(shift + v * kLanes); });
  for (int64_t j = 0; j < keys; j++, scores += V * kLanes) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      store(scores + v * kLanes, load(scores + v * kLanes) + by[v]);
    });
  }
}

// Scores divided by the cap become cap · tanh(score) in units of log2(e).
template <int V>
void cap_scores(float* scores, int64_t keys, float cap) {
  for (int64_t i = 0; i < keys * V; i++, scores += kLanes) {
    store(scores, tanh(load(scores)) * (cap * kLog2E));
  }
}

// What is added by key: `bias` to every row, `mask` to the rows that do not ignore it.
template <int V>
void add_by_key(float* scores, int64_t keys, const float* bias, const float* mask,
                const int32_t* ignores_mask) {
  for (int64_t j = 0; j < keys; j++) {
    for (int v = 0; v < V; v++, scores += kLanes) {
      const IntVec ignores = load(ignores_mask + v * kLanes);
      const Vec masked = ignores ? Vec{} : splat(mask[j]);
      store(scores, add_or_hide(load(scores), splat(bias[j]) + masked));
    }
  }
}

// What is added by row and key, read by rows and transposed.
template <int V>
void add_by_pair(const Problem& p, int parts, int64_t batch, const RowTable& rows, int64_t first,
                 int64_t count, int64_t key, float* scores, int64_t keys) {
  for (int64_t g = 0; g < V * kLanes; g += kLanes) {
    for (int64_t j = 0; j < keys; j += kLanes) {
      Vec sums[kLanes];
      for (int i = 0; i < kLanes; i++) {
        const int64_t r = first + g + i;
        sums[i] = g + i < count ? additions(p, parts, batch, rows.head[r], rows.query[r],
                                            rows.ignores_mask[r] != 0, key + j, keys - j)
                                : Vec{};
      }
      transpose(sums);
      float* column = scores + j * V * kLanes + g;
      for (int64_t i = 0; i < kLanes && j + i < keys; i++, column += V * kLanes) {
        store(column, add_or_hide(load(column), sums[i]));
      }
    }
  }
}

// Hides keys outside of each row's range.
template <int V>
void hide_outside(float* scores, int64_t key, int64_t keys, const int32_t* begin,
                  const int32_t* end) {
  IntVec from[V], to[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    from[v] = load(begin + v * kLanes);
    to[v] = load(end + v * kLanes);
  });
  for (int64_t j = 0; j < keys; j++, scores += V * kLanes) {
    const IntVec at = splat((int32_t)(key + j));
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      const IntVec seen = (at >= from[v]) & (at < to[v]);
      store(scores + v * kLanes, seen ? load(scores + v * kLanes) : splat(-kInfinity));
    });
  }
}

template <int V>
void find_max(const float* scores, int64_t keys, Vec* row_max) {
  Vec largest[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { largest[v] = splat(-kInfinity); });
  for (int64_t j = 0; j < keys; j++, scores += V * kLanes) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      largest[v] = max(largest[v], load(scores + v * kLanes));
    });
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { row_max[v] = largest[v]; });
}

}  // namespace
}  // namespace attnkit::cpu
