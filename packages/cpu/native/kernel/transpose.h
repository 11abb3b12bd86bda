// A square of registers transposed in place, by halves.
#pragma once
#include "unroll.h"

namespace attnkit::cpu {
namespace {

template <int... I>
struct Sequence {};
template <int N, int... I>
struct CountTo : CountTo<N - 1, N - 1, I...> {};
template <int... I>
struct CountTo<0, I...> {
  using Type = Sequence<I...>;
};

// Exchanges the blocks of `Half` lanes off the diagonal of two rows.
template <int Half, int... Lane>
ATTNKIT_INLINE void exchange(Vec& a, Vec& b, Sequence<Lane...>) {
  const Vec x = a, y = b;
  a = __builtin_shufflevector(x, y, ((Lane & Half) ? kLanes + Lane - Half : Lane)...);
  b = __builtin_shufflevector(x, y, ((Lane & Half) ? kLanes + Lane : Lane + Half)...);
}

template <int Half>
ATTNKIT_INLINE void transpose_step(Vec* rows) {
  unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
    if constexpr (!(i & Half)) {
      exchange<Half>(rows[i], rows[i + Half], typename CountTo<kLanes>::Type{});
    }
  });
  if constexpr (Half > 1) transpose_step<Half / 2>(rows);
}

// rows[i][j] becomes rows[j][i], for kLanes rows.
ATTNKIT_INLINE void transpose(Vec* rows) { transpose_step<kLanes / 2>(rows); }

}  // namespace
}  // namespace attnkit::cpu
