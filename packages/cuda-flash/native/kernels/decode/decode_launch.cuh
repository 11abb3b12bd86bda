// Launches one instantiation of the decode kernel.
#pragma once

#include <cstdint>

#include "attnkit/launch_kernel.h"
#include "kernels/decode/decode_kernel.cuh"
#include "kernels/prepare_kernel.h"
#include "params.h"

namespace attnkit::flash {

// Whether kernels run as they were compiled for sm_90a, with clusters and dependent launches.
inline bool is_hopper(int device) {
  int major = 0, minor = 0;
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return major == 9 && minor == 0;
}

inline Status check_splits(const FlashParams& params) {
  const bool in_cluster = params.flags & kSplitsInCluster;
  if (params.num_splits < 1 || (in_cluster && params.num_splits > kMaxClusterSplits) ||
      (params.num_splits > 1 && !in_cluster && (params.workspace == 0 || params.counters == 0))) {
    return error_status(
        StatusCode::kInvalidArgument,
        "num_splits is below 1, above what a cluster holds, or has no workspace or counters");
  }
  return ok_status();
}

template <typename Traits>
cudaError_t prepare_decode() {
  return once_a_device([](int device) {
    const auto kernel = decode_kernel<Traits>;
    const cudaError_t error = cudaFuncSetAttribute(
        kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, decode_smem_bytes<Traits>());
    if (error != cudaSuccess || !is_hopper(device)) return error;
    // Clusters of more than 8.
    return cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  });
}

// For the `depth` batch entries from `params.first_batch` on, which have `tiles` tiles of rows
// each.
template <typename Traits>
Status launch_decode_part(const FlashParams& params, int depth, int tiles, cudaStream_t stream) {
  const unsigned heads_kv = params.num_heads / params.heads_per_kv;
  const unsigned splits = params.num_splits;
  int device = 0;
  cudaGetDevice(&device);
  LaunchShape shape{dim3(heads_kv, splits, depth * tiles), Traits::kThreads,
                    decode_smem_bytes<Traits>()};
  if (params.flags & kSplitsInCluster) shape.cluster = dim3(1, splits, 1);
  shape.overlaps_previous = is_hopper(device);
  return launch_kernel("launching decode_kernel", decode_kernel<Traits>, shape, stream, params);
}

// Enqueues attention on `stream`, whose device must be current.
template <typename Traits>
Status launch_decode(const FlashParams& params, cudaStream_t stream) {
  const int64_t rows = int64_t(params.seqlen_q) * params.heads_per_kv;
  const int64_t tiles = (rows + Traits::kBlockM - 1) / Traits::kBlockM;
  Status status = check_splits(params);
  if (status.ok() && tiles > kMaxGridDepth) {
    status = error_status(StatusCode::kInvalidArgument, "seqlen_q is too long to decode");
  }
  if (!status.ok()) return status;
  const cudaError_t prepared = prepare_decode<Traits>();
  if (prepared != cudaSuccess) return cuda_status(prepared, "cudaFuncSetAttribute");
  const int most = kMaxGridDepth / int(tiles);
  FlashParams part = params;
  for (int first = 0; first < params.batch && status.ok(); first += most) {
    part.first_batch = first;
    const int depth = params.batch - first < most ? params.batch - first : most;
    status = launch_decode_part<Traits>(part, depth, int(tiles), stream);
  }
  return status;
}

}  // namespace attnkit::flash

#define ATTNKIT_DECODE_INSTANTIATE(...)                                     \
  template attnkit::Status                                                  \
  attnkit::flash::launch_decode<attnkit::flash::DecodeTraits<__VA_ARGS__>>( \
      const attnkit::flash::FlashParams&, cudaStream_t);
