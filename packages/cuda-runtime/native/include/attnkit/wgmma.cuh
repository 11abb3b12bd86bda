// Matrix products of a warpgroup, which run on while the warps do something else. Accumulators are
// m64nN: thread t of the warpgroup holds, for n8 block i, columns 8i + 2 (t % 4) and the next of
// row 16 (t / 32) + t % 32 / 4 in registers 4i and 4i + 1, and of the row 8 below in 4i + 2 and 4i
// + 3. (PTX ISA, "Asynchronous Warpgroup Level Matrix Instructions".)
#pragma once

#include <cstdint>

#include "attnkit/wgmma_instructions.cuh"

namespace attnkit {

// Before the first product, and after any other instruction wrote its registers.
__device__ __forceinline__ void wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ __forceinline__ void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
// Until at most kPending of the groups committed are still running.
template <int kPending>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// Keeps the compiler from reading results of a product before the wait that stands above this.
template <int kCount>
__device__ __forceinline__ void pin_registers(float (&reg)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(reg[i])::"memory");
}
template <int kRows, int kColumns>
__device__ __forceinline__ void pin_registers(uint32_t (&reg)[kRows][kColumns]) {
#pragma unroll
  for (int i = 0; i < kRows; ++i) {
#pragma unroll
    for (int j = 0; j < kColumns; ++j) asm volatile("" : "+r"(reg[i][j])::"memory");
  }
}

// How rows of kBytes are swizzled: 16-byte chunk c of row r lies at chunk c ^ f(r), as the copy
// engine writes it and wgmma reads it. Tiles start at multiples of 1024 bytes.
template <int kBytes>
struct Swizzle {
  static_assert(kBytes == 32 || kBytes == 64 || kBytes == 128, "the widths that there are");
  static constexpr uint64_t kDescriptorCode = kBytes == 128 ? 1 : kBytes == 64 ? 2 : 3;

  // The offset of a byte offset into rows of kBytes.
  __device__ __forceinline__ static uint32_t apply(uint32_t offset) {
    return offset ^ (((offset >> 7) & (kBytes / 16 - 1)) << 4);
  }
};

// Where an operand is in shared memory, and how it lies there. kLeading and kStride are byte
// distances whose meaning depends on the operand's major dimension. Only the lower half of a
// descriptor changes with the place, so that going on to another takes one addition.
template <int kSwizzleBytes, int kLeading, int kStride>
class SharedOperand {
 public:
  // At `offset` from the address `smem`.
  __device__ __forceinline__ SharedOperand(uint32_t smem, int offset)
      : low_(((smem & 0x3ffff) >> 4) + uint32_t(offset) / 16 + (uint32_t(kLeading / 16) << 16)) {}

  // What lies `count` times kBytes further on.
  template <int kBytes>
  __device__ __forceinline__ SharedOperand advanced(int count) const {
    static_assert(kBytes % 16 == 0);
    SharedOperand result = *this;
    result.low_ += count * (kBytes / 16);
    return result;
  }

  // Of what lies `bytes` further on.
  __device__ __forceinline__ uint64_t descriptor(int bytes) const {
    constexpr uint64_t kHigh = uint64_t(kStride >> 4) | Swizzle<kSwizzleBytes>::kDescriptorCode
                                                            << 30;
    return kHigh << 32 | (low_ + uint32_t(bytes) / 16);
  }

 private:
  uint32_t low_;
};

}  // namespace attnkit
