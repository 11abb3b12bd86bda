// Launches one instantiation of the FlashAttention-2 kernel.
#pragma once

#include "attnkit/launch_kernel.h"
#include "kernels/fa2_kernel.cuh"
#include "kernels/prepare_kernel.h"
#include "params.h"

namespace attnkit::flash {

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
