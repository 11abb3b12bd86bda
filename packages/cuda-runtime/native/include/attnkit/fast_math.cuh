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
