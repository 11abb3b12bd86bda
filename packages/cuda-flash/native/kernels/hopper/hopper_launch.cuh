// Launches one instantiation of the Hopper kernel.
#pragma once

#include <algorithm>
#include <type_traits>

#include "attnkit/launch_kernel.h"
#include "kernels/fa2_launch.cuh"
#include "kernels/hopper/hopper_kernel.cuh"
#include "kernels/hopper/tensor_maps.h"

namespace attnkit::flash {

// Of a tensor of keys or values. Without a single token, a row of the output stands for them: what
// is loaded there is hidden.
inline Status encode_key_map(CUtensorMap& map, HeadTensor tensor, const FlashParams& p,
                             MapSizes sizes, const MapBox& box, bool bfloat16) {
  if (sizes.tokens == 0) {
    tensor.pointer = p.o.pointer;
    sizes = {std::min(p.head_dim, p.head_dim_v), 1, 1, 1};
  }
  return encode_map(map, tensor, sizes, box, bfloat16);
}

template <typename Traits>
Status encode_maps(HopperParams& params) {
  using Queries = typename Traits::QueryTile;
  using Keys = typename Traits::KeyTile;
  const FlashParams& p = params.flash;
  const bool varlen = p.cu_seqlens_q != 0;
  const bool bfloat16 = std::is_same_v<typename Traits::Element, __nv_bfloat16>;
  const int batch = varlen ? 1 : p.first_batch + p.batch;
  const MapSizes q{p.head_dim, varlen ? p.q.total_tokens : p.seqlen_q, p.num_heads, batch};
  const MapSizes k{p.head_dim, varlen ? p.k.total_tokens : p.seqlen_k, p.num_heads / p.heads_per_kv,
                   batch};
  const MapSizes v{p.head_dim_v, k.tokens, k.heads, batch};
  const MapSizes o{p.head_dim_v, q.tokens, q.heads, batch};
  const MapBox keys{Keys::kPanelColumns, Keys::kRows};
  const MapBox queries{Queries::kPanelColumns, Queries::kRows};
  const MapBox results{Queries::kPanelColumns, Traits::kWarpgroupM};
  Status status = encode_map(params.q, p.q, q, queries, bfloat16);
  if (status.ok()) status = encode_key_map(params.k, p.k, p, k, keys, bfloat16);
  if (status.ok()) status = encode_key_map(params.v, p.v, p, v, keys, bfloat16);
  if (status.ok()) status = encode_map(params.o, p.o, o, results, bfloat16);
  return status;
}

// Keys and values that may be in use at a time, so that they stay in the L2 cache.
inline constexpr int64_t kSectionBytes = int64_t(32) << 20;

// Tiles of different lengths are taken from many heads at a time, longest first; tiles of one
// length head by head.
inline int section_heads(const FlashParams& flash) {
  if (!(flash.flags & kCausal)) return 1;
  const int64_t bytes = int64_t(4) * flash.seqlen_k * flash.head_dim;
  const int64_t heads = kSectionBytes / (bytes > 0 ? bytes : 1) * flash.heads_per_kv;
  return int(std::clamp<int64_t>(heads, 1, int64_t(flash.num_heads) * flash.batch));
}

template <typename Traits>
Status launch_hopper(const FlashParams& flash, cudaStream_t stream) {
  constexpr int kSharedBytes = SharedStorage<Traits>::kAllocatedBytes;
  const cudaError_t allowed =
      allow_shared_memory_of<Traits>(hopper_fwd_kernel<Traits>, kSharedBytes);
  if (allowed != cudaSuccess) return cuda_status(allowed, "cudaFuncSetAttribute");
  HopperParams params;
  params.flash = flash;
  params.row_blocks = (flash.seqlen_q + Traits::kBlockM - 1) / Traits::kBlockM;
  params.tiles = params.row_blocks * flash.num_heads * flash.batch;
  params.section_heads = section_heads(flash);
  const Status status = encode_maps<Traits>(params);
  if (!status.ok()) return status;
  int device = 0, processors = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  params.thread_blocks = std::min(params.tiles, processors);
  LaunchShape shape{dim3(params.thread_blocks), Traits::kThreads, kSharedBytes};
  shape.overlaps_previous = true;
  return launch_kernel("launching hopper_fwd_kernel", hopper_fwd_kernel<Traits>, shape, stream,
                       params);
}

}  // namespace attnkit::flash

#define ATTNKIT_HOPPER_INSTANTIATE(...)                                     \
  template attnkit::Status                                                  \
  attnkit::flash::launch_hopper<attnkit::flash::HopperTraits<__VA_ARGS__>>( \
      const attnkit::flash::FlashParams&, cudaStream_t);
