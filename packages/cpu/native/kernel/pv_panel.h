// O^T = rescale · O^T + V^T · P^T for R elements of the head and V vectors of queries. A tile is
// summed from zero and added at the end, which keeps the rounding error independent of the number
// of keys.
#pragma once
#include "products.h"
#include "softmax_step.h"

namespace attnkit::cpu {
namespace {

// out[R][V·lanes] = rescale · out + sum; `first`: nothing is in `out` yet.
template <int R, int V>
ATTNKIT_INLINE void add_to_output(Sums<R, V>& sum, float* out, const Vec* rescale, bool first) {
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

// From values[keys] at `value_stride` and weights[keys][V·lanes]; at least one key.
template <int R, int V>
__attribute__((noinline)) void pv_panel(const float* __restrict weights,
                                        const float* __restrict values, ptrdiff_t value_stride,
                                        int64_t keys, float* __restrict out,
                                        const Vec* __restrict rescale, bool first) {
  Sums<R, V> sum;
  set_products<R, V>(sum, weights, values, 1);
  for (int64_t j = 1; j < keys; j++) {
    weights += V * kLanes;
    values += value_stride;
    add_products<R, V>(sum, weights, values, 1);
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
  Sums<R, V> sum;
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
    if (j + kAhead < keys) {
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { make(scores + kAhead * V * kLanes, v); });
    }
    add_products<R, V>(sum, scores, values, 1);
    scores += V * kLanes;
    values += value_stride;
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = total[v]; });
  add_to_output<R, V>(sum, out, softmax.rescale, first);
}

}  // namespace
}  // namespace attnkit::cpu
