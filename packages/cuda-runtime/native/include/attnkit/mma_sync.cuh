// Warp-wide matrix products with 16-bit operands and float32 accumulation (mma.sync m16n8k16).
//
// With g = lane / 4 and t = lane % 4, an accumulator {c0, c1, c2, c3} holds row g, columns 2t and
// 2t + 1, then row g + 8, the same columns. The A operand {a0, a1, a2, a3} holds (g, 2t..), (g + 8,
// 2t..), (g, 2t + 8..), (g + 8, 2t + 8..); so two neighbouring accumulators, packed in order, are
// an A operand, and the probabilities need no shuffle between the two products of attention.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace attnkit {

template <typename Element>
inline constexpr bool kIsHalf = std::is_same_v<Element, __half>;

// acc += a * b.
template <typename Element>
__device__ __forceinline__ void mma_m16n8k16(float (&acc)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
  if constexpr (kIsHalf<Element>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+f"(acc[0]), "+f"(acc[1]), "+f"(acc[2]), "+f"(acc[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(acc[0]), "+f"(acc[1]), "+f"(acc[2]), "+f"(acc[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

// Two floats rounded to Element, `low` in the lower half.
template <typename Element>
__device__ __forceinline__ uint32_t pack2(float low, float high) {
  uint32_t packed;
  if constexpr (kIsHalf<Element>) {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  }
  return packed;
}

}  // namespace attnkit
