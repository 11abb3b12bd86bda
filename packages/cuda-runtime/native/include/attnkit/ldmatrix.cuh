// Reading 8x8 matrices of 16-bit elements from shared memory in the layout mma.sync wants.
//
// Each lane gives the address of one 16-byte row; lanes 8i .. 8i+7 address matrix i, which arrives
// in register i: lane l holds elements (l / 4, 2 * (l % 4)) and the next, or with `trans` those of
// the transposed matrix.
#pragma once

#include <cstdint>

namespace attnkit {

__device__ __forceinline__ void ldmatrix_x4(uint32_t (&reg)[4], uint32_t smem) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(reg[0]), "=r"(reg[1]), "=r"(reg[2]), "=r"(reg[3])
               : "r"(smem));
}

__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&reg)[4], uint32_t smem) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(reg[0]), "=r"(reg[1]), "=r"(reg[2]), "=r"(reg[3])
               : "r"(smem));
}

}  // namespace attnkit
