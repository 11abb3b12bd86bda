// 2^x for x ≤ 0, with a relative error below 1.7e-7; 2^0 is exactly 1, NaN stays NaN. Minimax
// polynomials of degree 5. Needs strict IEEE arithmetic: the rounding trick breaks under
// -ffast-math.
#pragma once
#include "simd.h"

namespace attnkit::cpu {
namespace {

#if defined(__AVX512DQ__) && ATTNKIT_LANES == 16
ATTNKIT_INLINE Vec exp2(Vec x) {
  const Vec f = (Vec)_mm512_reduce_ps((__m512)x, 1);  // x - floor(x)
  Vec p = splat(1.86713095e-3f);
  p = p * f + 9.0170284e-3f;
  p = p * f + 5.57999146e-2f;
  p = p * f + 2.4016445e-1f;
  p = p * f + 6.93151312e-1f;
  p = p * f + 1.0f;
  return (Vec)_mm512_scalef_ps((__m512)p, (__m512)x);  // p · 2^floor(x); right for -inf as well
}
#else
ATTNKIT_INLINE Vec exp2(Vec x) {
  constexpr float kSmallest = -126.0f;
  constexpr float kRound = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer
  const Vec clamped = x < kSmallest ? splat(kSmallest) : x;
  const Vec whole = clamped + kRound;
  const Vec f = clamped - (whole - kRound);
  Vec p = splat(1.32647266e-3f);
  p = p * f + 9.67151296e-3f;
  p = p * f + 5.55073375e-2f;
  p = p * f + 2.40222421e-1f;
  p = p * f + 6.93146978e-1f;
  p = p * f + 1.0f;
  const Vec scaled = (Vec)((IntVec)p + ((IntVec)whole << 23));
  const Vec result = x < kSmallest ? Vec{} : scaled;
  return x == x ? result : x;
}
#endif

ATTNKIT_INLINE float exp2(float x) { return exp2(splat(x))[0]; }

// log2 of a positive finite number, in double: 2·atanh((f - 1) / (f + 1)) over the mantissa.
ATTNKIT_INLINE double log2(double x) {
  if (!(x > 0) || x > 1.7e308) return x > 0 || x != x ? x : -__builtin_inf();
  union {
    double value;
    uint64_t bits;
  } u = {x};
  int64_t exponent = (int64_t)(u.bits >> 52) - 1023;
  u.bits = (u.bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  if (u.value > 1.4142135623730951) {
    u.value *= 0.5;
    exponent++;
  }
  const double s = (u.value - 1) / (u.value + 1), z = s * s;
  double series = 1.0 / 13;
  for (int odd = 11; odd >= 1; odd -= 2) series = series * z + 1.0 / odd;
  return (double)exponent + 2 * s * series * 1.4426950408889634;
}

}  // namespace
}  // namespace attnkit::cpu
