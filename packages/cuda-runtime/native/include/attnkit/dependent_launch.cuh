// A kernel that is launched while the one before it in its stream still runs (programmatic
// dependent launch, sm_90 and newer; see LaunchShape::overlaps_previous). Without that launch, and
// compiled for older devices, both calls do nothing.
#pragma once

namespace attnkit {

// Once all blocks have called this or ended, those of the next kernel may come.
__device__ __forceinline__ void allow_next_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Waits for the end of the kernel before, and for all that it has written. Called by each thread,
// before it reads or writes device memory.
__device__ __forceinline__ void wait_for_previous_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace attnkit
