// Launches one instantiation of the FlashAttention-2 kernel.
#pragma once

#include <atomic>
#include <cstdint>

#include "attnkit/launch_kernel.h"
#include "kernels/fa2_kernel.cuh"
#include "params.h"

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

// Enqueues attention on `stream`, whose device must be current.
template <typename Traits>
Status launch_fa2(const FlashParams& params, cudaStream_t stream) {
  const cudaError_t allowed =
      allow_shared_memory_of<Traits>(fa2_fwd_kernel<Traits>, Traits::kSmemBytes);
  if (allowed != cudaSuccess) return cuda_status(allowed, "cudaFuncSetAttribute");
  const unsigned row_blocks = (params.seqlen_q + Traits::kBlockM - 1) / Traits::kBlockM;
  FlashParams part = params;
  for (int first = 0; first < params.batch; first += kMaxGridDepth) {
    const int depth = params.batch - first < kMaxGridDepth ? params.batch - first : kMaxGridDepth;
    part.first_batch = first;
    const Status status = launch_kernel(
        "launching fa2_fwd_kernel", fa2_fwd_kernel<Traits>,
        {dim3(row_blocks, params.num_heads, depth), Traits::kThreads, Traits::kSmemBytes}, stream,
        part);
    if (!status.ok()) return status;
  }
  return ok_status();
}

}  // namespace attnkit::flash

#define ATTNKIT_FA2_INSTANTIATE(...)                                                           \
  template attnkit::Status attnkit::flash::launch_fa2<attnkit::flash::Fa2Traits<__VA_ARGS__>>( \
      const attnkit::flash::FlashParams&, cudaStream_t);
