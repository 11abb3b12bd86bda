// Single-instruction forms of the functions that softmax needs, good to the last bit or two. The
// compiler's own exp2f() adds three instructions that save results below 2^-126, which here may as
// well be 0; its division and logarithm are slower still.
#pragma once

namespace attnkit {

inline constexpr float kLn2 = 0.693147180559945309f;

// 2^x.
__device__ __forceinline__ float fast_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 2^x without the unit that ex2 runs on, within 9e-5 of itself: a power of two from x's integer
// part times a polynomial of the rest (Cody and Waite's reduction; coefficients fitted to [0, 1)).
// `x` may be NaN, -inf, and above 127 only when kUnbounded; NaN and what is above 127 give at least
// 2^127.
template <bool kUnbounded>
__device__ __forceinline__ float polynomial_exp2(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the integer in the low bits
  asm("max.NaN.f32 %0, %0, %1;" : "+f"(x) : "f"(-127.0f));
  if constexpr (kUnbounded) asm("min.NaN.f32 %0, %0, %1;" : "+f"(x) : "f"(127.0f));
  float shifted;
  asm("add.rm.ftz.f32 %0, %1, %2;" : "=f"(shifted) : "f"(x), "f"(kRound));
  const float rest = x - (shifted - kRound);
  const float power = fmaf(fmaf(fmaf(0.077119f, rest, 0.227564f), rest, 0.695146f), rest, 1.0f);
  return __int_as_float((__float_as_int(shifted) << 23) + __float_as_int(power));
}

__device__ __forceinline__ float fast_reciprocal(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

__device__ __forceinline__ float fast_log2(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// tanh(x / (2 log2 e)), within 1e-7: the hardware's own tanh is good to 11 bits only.
__device__ __forceinline__ float tanh_of_log2(float x) {
  return 1.0f - 2.0f * fast_reciprocal(1.0f + fast_exp2(x));
}

}  // namespace attnkit
