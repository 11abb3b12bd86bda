// Warpgroups: four warps that issue wgmma together, trade registers with others, and meet at named
// barriers.
#pragma once

#include <cstdint>

namespace attnkit {

inline constexpr int kWarpgroupThreads = 128;

// All four warps of a warpgroup call it; kCount is a multiple of 8.
template <int kCount>
__device__ __forceinline__ void give_up_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kCount));
}
template <int kCount>
__device__ __forceinline__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kCount));
}

// Barriers 1 to 15 of a thread block; 0 is __syncthreads(). `threads` counts all that wait or
// arrive.
__device__ __forceinline__ void named_barrier_wait(int barrier, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}
__device__ __forceinline__ void named_barrier_arrive(int barrier, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

}  // namespace attnkit
