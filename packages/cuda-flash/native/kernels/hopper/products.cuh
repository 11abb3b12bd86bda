// The two products of attention on a warpgroup's 64 queries.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "attnkit/wgmma.cuh"

namespace attnkit::flash {

// S = Q K^T. `queries` starts at the warpgroup's first row.
template <typename Traits>
__device__ __forceinline__ void multiply_queries_keys(float (&acc_s)[Traits::kScores],
                                                      typename Traits::RowOperand queries,
                                                      typename Traits::RowOperand keys) {
  using QueryTile = typename Traits::QueryTile;
  using KeyTile = typename Traits::KeyTile;
  using Product = Wgmma<typename Traits::Element, Traits::kBlockN>;
  constexpr int kStepsOfPanel = KeyTile::kSwizzleBytes / 32;
#pragma unroll
  for (int step = 0; step < Traits::kHeadSteps; ++step) {
    const int panel = step / kStepsOfPanel;
    const int column = step % kStepsOfPanel * 32;
    Product::template multiply_shared<0>(
        acc_s, queries.descriptor(panel * QueryTile::kPanelBytes + column),
        keys.descriptor(panel * KeyTile::kPanelBytes + column), step > 0);
  }
}

// O = P V, plus O when `accumulate`: P in registers, V as it is stored, a row for each key.
template <typename Traits>
__device__ __forceinline__ void multiply_probabilities_values(
    float (&acc_o)[Traits::kOutputs], const uint32_t (&reg_p)[Traits::kKeySteps][4],
    typename Traits::ValueOperand values, bool accumulate) {
  using Product = Wgmma<typename Traits::Element, Traits::kProductColumns>;
#pragma unroll
  for (int step = 0; step < Traits::kKeySteps; ++step) {
    Product::template multiply_registers<1>(
        acc_o, reg_p[step], values.descriptor(step * 16 * Traits::ValueTile::kSwizzleBytes),
        step > 0 || accumulate);
  }
}

template <typename Element>
__device__ __forceinline__ uint32_t pack_pair(float low, float high);
template <>
__device__ __forceinline__ uint32_t pack_pair<__half>(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}
template <>
__device__ __forceinline__ uint32_t pack_pair<__nv_bfloat16>(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// An accumulator's elements are, rounded and in pairs, the A operand of the next product.
template <typename Element, int kSteps>
__device__ __forceinline__ void round_to_operand(const float (&acc)[kSteps * 8],
                                                 uint32_t (&reg)[kSteps][4]) {
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
#pragma unroll
    for (int pair = 0; pair < 4; ++pair) {
      const int i = step * 8 + pair * 2;
      reg[step][pair] = pack_pair<Element>(acc[i], acc[i + 1]);
    }
  }
}

}  // namespace attnkit::flash
