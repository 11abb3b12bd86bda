// The numbers of the thread and of its block, read anew at each call.
#pragma once

namespace attnkit {

// threadIdx.x, but nothing that follows from it is moved out of a loop, where it would hold
// registers for the sake of a few instructions. For code that runs once a block of keys or less.
__device__ __forceinline__ int fresh_thread_index() {
  int index;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(index));
  __builtin_assume(index >= 0 && index < 1024);
  return index;
}

// blockIdx.x, likewise.
__device__ __forceinline__ int fresh_block_index() {
  int index;
  asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(index));
  return index;
}

}  // namespace attnkit
