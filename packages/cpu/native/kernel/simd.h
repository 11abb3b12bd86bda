// The vector type of one instruction set, by the compiler's vector extensions: ATTNKIT_LANES
// floats. The same text is compiled once per instruction set; all of it has internal linkage, so
// that the linker can never choose one set's copy of a function for another.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define ATTNKIT_INLINE inline __attribute__((always_inline))
#define ATTNKIT_INLINE_LAMBDA __attribute__((always_inline))

namespace attnkit::cpu {
namespace {

constexpr int kLanes = ATTNKIT_LANES;
constexpr int kVectors = ATTNKIT_VECTORS;    // of queries in a register block
constexpr int kRows = ATTNKIT_ROWS;          // keys, or elements of V, in a register block
constexpr int kQueries = kLanes * kVectors;  // columns of a register block

typedef float Vec __attribute__((vector_size(kLanes * 4), may_alias));
typedef int32_t IntVec __attribute__((vector_size(kLanes * 4), may_alias));
typedef float LooseVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef int32_t LooseIntVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

constexpr float kInfinity = __builtin_inff();
constexpr float kLog2E = 1.44269504088896341f;
constexpr float kLn2 = 0.693147180559945309f;

ATTNKIT_INLINE Vec load(const float* p) { return *reinterpret_cast<const LooseVec*>(p); }
ATTNKIT_INLINE void store(float* p, Vec x) { *reinterpret_cast<LooseVec*>(p) = x; }
ATTNKIT_INLINE IntVec load(const int32_t* p) { return *reinterpret_cast<const LooseIntVec*>(p); }
ATTNKIT_INLINE Vec splat(float x) { return x - Vec{}; }
ATTNKIT_INLINE IntVec splat(int32_t x) { return x - IntVec{}; }

// Drops a NaN in `a`, keeps one in `b`: exactly what the machine's maximum does.
ATTNKIT_INLINE Vec max(Vec a, Vec b) { return a > b ? a : b; }
ATTNKIT_INLINE float max(float a, float b) { return a > b ? a : b; }

ATTNKIT_INLINE int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
ATTNKIT_INLINE int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }
ATTNKIT_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
ATTNKIT_INLINE int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

ATTNKIT_INLINE float sum_lanes(Vec x) {
  float sum = 0;
  for (int i = 0; i < kLanes; i++) sum += x[i];
  return sum;
}

// Whether no bit of any lane is 0.
ATTNKIT_INLINE bool all_lanes(IntVec x) {
  int32_t all = -1;
  for (int i = 0; i < kLanes; i++) all &= x[i];
  return all == -1;
}

}  // namespace
}  // namespace attnkit::cpu
