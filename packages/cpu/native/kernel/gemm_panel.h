// C = A · B for R rows and V vectors of columns, all R × V sums in registers. Columns are in the
// lanes; A is only read as scalars, in place.
#pragma once
#include "bfloat16_dots.h"

namespace attnkit::cpu {
namespace {

template <int R, int V>
ATTNKIT_INLINE void add_to_sums(Vec (&sum)[R][V], float* __restrict sums, bool first) {
  if (!first) {
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      unroll<V>([&](auto v)
                    ATTNKIT_INLINE_LAMBDA { sum[r][v] += load(sums + (r * V + v) * kLanes); });
    });
  }
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { store(sums + (r * V + v) * kLanes, sum[r][v]); });
  });
}

// Adds input[R][depth] · weights[depth][V·lanes] to sums[R][V·lanes]; `first`: nothing is in `sums`
// yet. A block is summed from zero and added at the end, which keeps the rounding error small.
template <int R, int V>
__attribute__((noinline)) void gemm_panel(const float* __restrict input, ptrdiff_t input_stride,
                                          const float* __restrict weights, ptrdiff_t weight_stride,
                                          int64_t depth, float* __restrict sums, bool first) {
  Vec sum[R][V], w[V];
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = Vec{}; });
  });
  for (int64_t k = 0; k < depth; k++) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { w[v] = load(weights + v * kLanes); });
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const Vec x = splat(input[r * input_stride]);
      unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] += x * w[v]; });
    });
    weights += weight_stride;
    input++;
  }
  add_to_sums<R, V>(sum, sums, first);
}

// As gemm_panel, by pairs: input[R][2·pairs] of bfloat16, weights[pairs][V·lanes] with two elements
// of a column in each lane.
template <int R, int V>
__attribute__((noinline)) void dot_gemm_panel(const uint16_t* __restrict input,
                                              ptrdiff_t input_stride,
                                              const float* __restrict weights, int64_t pairs,
                                              float* __restrict sums, bool first) {
  Vec sum[R][V], w[V];
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = Vec{}; });
  });
  for (int64_t k = 0; k < pairs; k++) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { w[v] = load(weights + v * kLanes); });
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const PairVec x = splat_pair(input + r * input_stride);
      unroll<V>([&](auto v)
                    ATTNKIT_INLINE_LAMBDA { sum[r][v] = add_dot(sum[r][v], x, (PairVec)w[v]); });
    });
    weights += V * kLanes;
    input += 2;
  }
  add_to_sums<R, V>(sum, sums, first);
}

}  // namespace
}  // namespace attnkit::cpu
