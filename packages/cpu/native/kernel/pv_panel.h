// O^T = rescale · O^T + V^T · P^T for R elements of the head and V vectors of queries. A tile is
// summed from zero and added at the end, which keeps the rounding error independent of the number
// of keys.
#pragma once
#include "softmax_step.h"

namespace attnkit::cpu {
namespace {

template <int R, int V>
using ValueSums = Vec[R][V];

// sum[r] += value r of a key · its weights.
template <int R, int V>
ATTNKIT_INLINE void add_value(ValueSums<R, V>& sum, int r, const float* values,
                              const Vec* weights) {
  const Vec x = splat(values[r]);
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] += x * weights[v]; });
}

template <int R, int V>
ATTNKIT_INLINE void clear_sums(ValueSums<R, V>& sum) {
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = Vec{}; });
  });
}

// out[R][V·lanes] = rescale · out + sum; `first`: nothing is in `out` yet.
template <int R, int V>
ATTNKIT_INLINE void add_to_output(ValueSums<R, V>& sum, float* out, const Vec* rescale,
                                  bool first) {
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

template <int V>
ATTNKIT_INLINE void load_weights(const float* weights, Vec* p) {
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { p[v] = load(weights + v * kLanes); });
}

// From values[keys] at `value_stride` and weights[keys][V·lanes].
template <int R, int V>
__attribute__((noinline)) void pv_panel(const float* __restrict weights,
                                        const float* __restrict values, ptrdiff_t value_stride,
                                        int64_t keys, float* __restrict out,
                                        const Vec* __restrict rescale, bool first) {
  ValueSums<R, V> sum;
  clear_sums<R, V>(sum);
  for (int64_t j = 0; j < keys; j++) {
    Vec p[V];
    load_weights<V>(weights, p);
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA { add_value<R, V>(sum, r, values, p); });
    weights += V * kLanes;
    values += value_stride;
  }
  add_to_output<R, V>(sum, out, rescale, first);
}

// Keys between the making of weights and their first use, so that no product waits for them.
constexpr int kAhead = 2;

// The first panel of a tile: makes scores[keys][V·lanes] weights on the way, in place, and adds
// them up in `tile_sum`. The exponentials run beside the products, on other units of the processor.
template <int R, int V>
__attribute__((noinline)) void first_pv_panel(float* __restrict scores,
                                              const float* __restrict values,
                                              ptrdiff_t value_stride, int64_t keys,
                                              float* __restrict out,
                                              const Softmax<V>& __restrict softmax, bool first,
                                              Vec* __restrict tile_sum) {
  ValueSums<R, V> sum;
  clear_sums<R, V>(sum);
  Vec total[V], largest[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
    total[v] = Vec{};
    largest[v] = softmax.largest[v];
  });
  const auto make = [&](float* at, auto v) ATTNKIT_INLINE_LAMBDA {
    const Vec p = weight(load(at + v * kLanes) - largest[v]);
    total[v] += p;
    store(at + v * kLanes, p);
  };
  for (int64_t j = 0; j < min(kAhead, keys); j++) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { make(scores + j * V * kLanes, v); });
  }
  for (int64_t j = 0; j < keys; j++) {
    Vec p[V];
    load_weights<V>(scores, p);
    if (j + kAhead < keys) {
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { make(scores + kAhead * V * kLanes, v); });
    }
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA { add_value<R, V>(sum, r, values, p); });
    scores += V * kLanes;
    values += value_stride;
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = total[v]; });
  add_to_output<R, V>(sum, out, softmax.rescale, first);
}

}  // namespace
}  // namespace attnkit::cpu
