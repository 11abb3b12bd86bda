// Sine and cosine in double: the angle is reduced by multiples of π/2 in three parts (the constants
// are those of fdlibm), then Taylor's series. Absolute error below 1e-13 up to angles of 10^6, and
// about that of the angle itself beyond.
#pragma once
#include "simd.h"

namespace attnkit::cpu {
namespace {

// 1 - z/(n(n-1)) · (1 - z/((n-2)(n-3)) · …), down to n = `last`.
ATTNKIT_INLINE double alternating_series(double z, int n, int last) {
  double sum = 1;
  for (; n >= last; n -= 2) sum = 1 - z / (n * (n - 1)) * sum;
  return sum;
}

ATTNKIT_INLINE void sin_cos(double angle, double* sine, double* cosine) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds to an integer
  const double quarters = angle * 0.63661977236758134 + kRound - kRound;
  double r = angle - quarters * 1.57079632673412561417e+00;
  r -= quarters * 6.07710050630396597660e-11;
  r -= quarters * 2.02226624879595063154e-21;
  const double s = r * alternating_series(r * r, 15, 3), c = alternating_series(r * r, 16, 2);
  const int64_t turn = (int64_t)quarters & 3;
  const double a = turn & 1 ? c : s, b = turn & 1 ? s : c;
  *sine = turn & 2 ? -a : a;
  *cosine = (turn + 1) & 2 ? -b : b;
}

}  // namespace
}  // namespace attnkit::cpu
