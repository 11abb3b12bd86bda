// What a kernel needs on a device before its first launch there.
#pragma once

#include <cuda_runtime.h>

#include <atomic>
#include <cstdint>

namespace attnkit::flash {

inline constexpr int kMaxGridDepth = 65535;

// Calls `prepare` once for each device that is current, with what it returns.
template <typename Prepare>
cudaError_t once_a_device(Prepare prepare) {
  static std::atomic<uint64_t> done{0};
  int device = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error != cudaSuccess) return error;
  const uint64_t bit = device < 64 ? uint64_t{1} << device : 0;
  if (done.load(std::memory_order_relaxed) & bit) return cudaSuccess;
  // What is prepared is a kernel, which is loaded by that; the first launch may do so while a graph
  // is captured.
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  cudaThreadExchangeStreamCaptureMode(&mode);
  error = prepare(device);
  cudaThreadExchangeStreamCaptureMode(&mode);
  if (error == cudaSuccess) done.fetch_or(bit, std::memory_order_relaxed);
  return error;
}

// Lets the kernel of `Traits` use more than 48 KB of shared memory on the current device.
template <typename Traits, typename Kernel>
cudaError_t allow_shared_memory_of(Kernel kernel, int bytes) {
  return once_a_device([=](int) {
    return cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  });
}

}  // namespace attnkit::flash
