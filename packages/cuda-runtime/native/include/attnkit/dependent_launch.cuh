// Two kernels of a stream of which the second is launched while the first still runs (programmatic
// dependent launch, sm_90 and newer; see LaunchShape::overlaps_previous). Without that launch, and
// compiled for older devices, both calls do nothing.
#pragma once

namespace attnkit {

// In the first kernel: its blocks are all running, the next kernel's may come.
__device__ __forceinline__ void allow_next_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// In the second: waits for the end of the first, and for all that it has written.
__device__ __forceinline__ void wait_for_previous_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace attnkit
