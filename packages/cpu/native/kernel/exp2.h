// 2^x for x ≤ 0, with a relative error below 1.7e-7; 2^0 is exactly 1, NaN stays NaN. Minimax
// polynomials of degree 5. Needs strict IEEE arithmetic: the rounding trick breaks under
// -ffast-math.
#pragma once
#include "unroll.h"

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

// exp2 for weights, where most exponentials are. Rounding and the look-up of sixteenths leave the
// units that multiply to the products around; the polynomial is of degree 2. Relative error below
// 5e-7; 2^0 is exactly 1, NaN stays NaN, and at -127 and below the bits of the power are all 0, as
// the weight of a hidden key has to be.
#if defined(__AVX512F__) && ATTNKIT_LANES == 16
// The bits of 2^(i/16), without the i that shifting the steps below brings along.
alignas(64) constexpr int32_t kSixteenths[16] = {
    0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f,
    0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d};

ATTNKIT_INLINE Vec weight(Vec x) {
  constexpr float kSmallest = -127.0f;
  constexpr float kRound = 786432.0f;  // 1.5 · 2^19: adding it rounds to multiples of 1/16
  x = (Vec)_mm512_max_ps(_mm512_set1_ps(kSmallest), (__m512)x);  // keeps a NaN
  const Vec rounded = x + kRound;
  const Vec f = x - (rounded - kRound);
  const IntVec steps = (IntVec)rounded;  // 16 · exponent + i
  const IntVec mantissa =
      (IntVec)_mm512_permutexvar_epi32((__m512i)steps, _mm512_load_si512(kSixteenths));
  const Vec power = (Vec)(mantissa + (steps << 19));
  return power * ((f * 2.40226521e-1f + 6.93187e-1f) * f) + power;
}
#else
ATTNKIT_INLINE Vec weight(Vec x) { return exp2(x); }
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
