// The outer product all panels are made of: R scalars times V vectors of queries, added to R × V
// sums in registers.
#pragma once
#include "unroll.h"

namespace attnkit::cpu {
namespace {

template <int R, int V>
using Sums = Vec[R][V];

template <int V>
ATTNKIT_INLINE void load_vectors(const float* from, Vec* to) {
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { to[v] = load(from + v * kLanes); });
}

// f(sum, scalar, vector) for each of them; scalars are `stride` apart.
template <int R, int V, class F>
ATTNKIT_INLINE void for_each_product(Sums<R, V>& sum, const float* vectors, const float* scalars,
                                     ptrdiff_t stride, const F& f) {
  Vec x[V];
  load_vectors<V>(vectors, x);
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    const Vec scalar = splat(scalars[r * stride]);
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { f(sum[r][v], scalar, x[v]); });
  });
}

template <int R, int V>
ATTNKIT_INLINE void add_products(Sums<R, V>& sum, const float* vectors, const float* scalars,
                                 ptrdiff_t stride) {
  const auto add = [](Vec& to, Vec a, Vec b) ATTNKIT_INLINE_LAMBDA { to += a * b; };
  for_each_product<R, V>(sum, vectors, scalars, stride, add);
}

// The first products: cheaper than clearing the sums before.
template <int R, int V>
ATTNKIT_INLINE void set_products(Sums<R, V>& sum, const float* vectors, const float* scalars,
                                 ptrdiff_t stride) {
  const auto set = [](Vec& to, Vec a, Vec b) ATTNKIT_INLINE_LAMBDA { to = a * b; };
  for_each_product<R, V>(sum, vectors, scalars, stride, set);
}

template <int R, int V>
ATTNKIT_INLINE void clear_sums(Sums<R, V>& sum) {
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[r][v] = Vec{}; });
  });
}

}  // namespace
}  // namespace attnkit::cpu
