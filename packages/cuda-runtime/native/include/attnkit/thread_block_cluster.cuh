// Thread blocks of a cluster, which may read one another's shared memory (sm_90 and newer).
// Compiled for older devices, where no kernel is launched in clusters, a block is alone.
#pragma once

#include <cstdint>

namespace attnkit {

// Waits for all threads of all blocks of the cluster, and shows each what the others have written.
__device__ __forceinline__ void cluster_sync() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#endif
}

// Waits for all threads of all blocks of the cluster, once each has used what it has read.
__device__ __forceinline__ void wait_for_cluster() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory");
  asm volatile("barrier.cluster.wait;" ::: "memory");
#endif
}

// Where block `rank` of the cluster has what is at `smem` in this one.
__device__ __forceinline__ uint32_t cluster_address(uint32_t smem, unsigned rank) {
#if __CUDA_ARCH__ >= 900
  uint32_t address;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(address) : "r"(smem), "r"(rank));
  return address;
#else
  return smem;
#endif
}

__device__ __forceinline__ float load_cluster_float(uint32_t address) {
  float value = 0.0f;
#if __CUDA_ARCH__ >= 900
  asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(value) : "r"(address) : "memory");
#endif
  return value;
}

__device__ __forceinline__ float2 load_cluster_float2(uint32_t address) {
  float2 value = {0.0f, 0.0f};
#if __CUDA_ARCH__ >= 900
  asm volatile("ld.shared::cluster.v2.f32 {%0, %1}, [%2];"
               : "=f"(value.x), "=f"(value.y)
               : "r"(address)
               : "memory");
#endif
  return value;
}

}  // namespace attnkit
