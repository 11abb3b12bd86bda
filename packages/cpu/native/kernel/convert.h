// Floats from and to the element types in memory. Stores round to nearest, ties to even.
#pragma once
#include "../problem.h"
#include "unroll.h"

namespace attnkit::cpu {
namespace {

typedef uint16_t HalfVec __attribute__((vector_size(kLanes * 2), may_alias));
typedef uint16_t LooseHalfVec __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));
typedef uint32_t BitsVec __attribute__((vector_size(kLanes * 4), may_alias));

ATTNKIT_INLINE float as_float(uint32_t bits) {
  union {
    uint32_t bits;
    float value;
  } u = {bits};
  return u.value;
}
ATTNKIT_INLINE uint32_t as_bits(float value) {
  union {
    float value;
    uint32_t bits;
  } u = {value};
  return u.bits;
}

ATTNKIT_INLINE float from_bfloat16(uint16_t x) { return as_float((uint32_t)x << 16); }

ATTNKIT_INLINE float from_float16(uint16_t x) {
  const uint32_t sign = (x & 0x8000u) << 16, exponent = (x >> 10) & 31, mantissa = x & 1023;
  if (exponent == 31) return as_float(sign | 0x7f800000u | mantissa << 13);
  if (exponent) return as_float(sign | (exponent + 112) << 23 | mantissa << 13);
  return as_float(as_bits((float)mantissa * 0x1p-24f) | sign);
}

ATTNKIT_INLINE uint16_t to_bfloat16(float x) {
  const uint32_t bits = as_bits(x);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

ATTNKIT_INLINE uint16_t to_float16(float x) {
  const uint32_t bits = as_bits(x), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size > 0x7f800000) return (uint16_t)(sign | 0x7e00);
  if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00);  // 65520 and above round to infinity
  if (size < 0x38800000) {  // subnormal: the adder rounds to multiples of 2^-24
    return (uint16_t)(sign | (as_bits(as_float(size) + 0.5f) - 0x3f000000));
  }
  return (uint16_t)(sign | ((size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13));
}

ATTNKIT_INLINE Vec widen_bfloat16(HalfVec x) {
  return (Vec)(__builtin_convertvector(x, BitsVec) << 16);
}

ATTNKIT_INLINE Vec widen_float16(HalfVec x) {
#if defined(__AVX512F__) && ATTNKIT_LANES == 16
  return (Vec)_mm512_cvtph_ps((__m256i)x);
#elif defined(__F16C__) && ATTNKIT_LANES == 8
  return (Vec)_mm256_cvtph_ps((__m128i)x);
#elif defined(__aarch64__) && ATTNKIT_LANES == 4
  return (Vec)vcvt_f32_f16((float16x4_t)x);
#else
  Vec result;
  for (int i = 0; i < kLanes; i++) result[i] = from_float16(x[i]);
  return result;
#endif
}

ATTNKIT_INLINE HalfVec narrow_bfloat16(Vec x) {
  const BitsVec bits = (BitsVec)x;
  const BitsVec rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const BitsVec quiet = bits >> 16 | 0x40;
  return __builtin_convertvector((BitsVec)(x == x ? (IntVec)rounded : (IntVec)quiet), HalfVec);
}

ATTNKIT_INLINE HalfVec narrow_float16(Vec x) {
#if defined(__AVX512F__) && ATTNKIT_LANES == 16
  return (HalfVec)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT);
#elif defined(__F16C__) && ATTNKIT_LANES == 8
  return (HalfVec)_mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT);
#elif defined(__aarch64__) && ATTNKIT_LANES == 4
  return (HalfVec)vcvt_f16_f32((float32x4_t)x);
#else
  HalfVec result;
  for (int i = 0; i < kLanes; i++) result[i] = to_float16(x[i]);
  return result;
#endif
}

// The first `count` elements at `p` (all lanes when count ≥ kLanes), zeros behind. Reads no
// further.
ATTNKIT_INLINE Vec load_float32(const float* p, int64_t count) {
  if (count >= kLanes) return load(p);
#if defined(__AVX512F__) && ATTNKIT_LANES == 16
  return (Vec)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#else
  Vec result{};
  for (int i = 0; i < count; i++) result[i] = p[i];
  return result;
#endif
}

ATTNKIT_INLINE HalfVec load_half(const uint16_t* p, int64_t count) {
  if (count >= kLanes) return *reinterpret_cast<const LooseHalfVec*>(p);
#if defined(__AVX512BW__) && ATTNKIT_LANES == 16
  return (HalfVec)_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), p);
#else
  HalfVec result{};
  for (int i = 0; i < count; i++) result[i] = p[i];
  return result;
#endif
}

ATTNKIT_INLINE void store_float32(float* p, Vec x, int64_t count) {
  if (count >= kLanes) return store(p, x);
#if defined(__AVX512F__) && ATTNKIT_LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)x);
#else
  for (int i = 0; i < count; i++) p[i] = x[i];
#endif
}

ATTNKIT_INLINE void store_half(uint16_t* p, HalfVec x, int64_t count) {
  if (count >= kLanes) {
    *reinterpret_cast<LooseHalfVec*>(p) = x;
    return;
  }
  for (int i = 0; i < count; i++) p[i] = x[i];
}

// `count` elements of type `dtype`, from element `index` of `base`.
ATTNKIT_INLINE Vec load_as_float(const char* base, int64_t index, int32_t dtype, int64_t count) {
  if (dtype == kFloat32) {
    return load_float32(reinterpret_cast<const float*>(base) + index, count);
  }
  const HalfVec x = load_half(reinterpret_cast<const uint16_t*>(base) + index, count);
  return dtype == kFloat16 ? widen_float16(x) : widen_bfloat16(x);
}

ATTNKIT_INLINE void store_as(char* base, int64_t index, int32_t dtype, Vec x, int64_t count) {
  if (dtype == kFloat32) {
    return store_float32(reinterpret_cast<float*>(base) + index, x, count);
  }
  const HalfVec half = dtype == kFloat16 ? narrow_float16(x) : narrow_bfloat16(x);
  store_half(reinterpret_cast<uint16_t*>(base) + index, half, count);
}

// f(dtype) with the element type as a constant, so that loops over elements do not ask for it.
template <class F>
ATTNKIT_INLINE void with_dtype(int32_t dtype, const F& f) {
  switch (dtype) {
    case kFloat32:
      return f(Constant<kFloat32>{});
    case kFloat16:
      return f(Constant<kFloat16>{});
    default:
      return f(Constant<kBfloat16>{});
  }
}

ATTNKIT_INLINE float load_scalar(const char* base, int64_t index, int32_t dtype) {
  if (dtype == kFloat32) return reinterpret_cast<const float*>(base)[index];
  const uint16_t x = reinterpret_cast<const uint16_t*>(base)[index];
  return dtype == kFloat16 ? from_float16(x) : from_bfloat16(x);
}

}  // namespace
}  // namespace attnkit::cpu
