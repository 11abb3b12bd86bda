// Loops unrolled while compiling, with constant indices. A plain loop over an array of accumulators
// is unrolled too late for GCC to keep the array in registers: the loop is right, and surrounded by
// spills.
#pragma once
#include "simd.h"

namespace attnkit::cpu {
namespace {

template <int I>
struct Constant {
  constexpr operator int() const { return I; }
};

// f(0), f(1), … f(N - 1), each index a constant.
template <int N, class F>
ATTNKIT_INLINE void unroll(const F& f) {
  if constexpr (N > 0) {
    unroll<N - 1>(f);
    f(Constant<N - 1>{});
  }
}

// f(N) when there are N or more left, else f(left), as a constant; left is at least 1.
template <int N, class F>
ATTNKIT_INLINE void with_count(int64_t left, const F& f) {
  if constexpr (N <= 1) {
    f(Constant<1>{});
  } else if (left >= N) {
    f(Constant<N>{});
  } else {
    with_count<N - 1>(left, f);
  }
}

}  // namespace
}  // namespace attnkit::cpu
