// What JavaScript sees of the kernels.
#include <node_api.h>

#include <cstring>

#include "attnkit/kernel_addon.h"
#include "params.h"
#include "variants.h"

namespace attnkit::flash {
namespace {

#define ATTNKIT_MEMBER(member) \
  { #member, offsetof(FlashParams, member) }
#define ATTNKIT_TENSOR(tensor)                                               \
  ATTNKIT_MEMBER(tensor.pointer), ATTNKIT_MEMBER(tensor.batch_stride),       \
      ATTNKIT_MEMBER(tensor.head_stride), ATTNKIT_MEMBER(tensor.row_stride), \
      ATTNKIT_MEMBER(tensor.total_tokens)
constexpr ParamsMember kMembers[] = {
    ATTNKIT_TENSOR(q),
    ATTNKIT_TENSOR(k),
    ATTNKIT_TENSOR(v),
    ATTNKIT_TENSOR(o),
    ATTNKIT_MEMBER(softmax_lse),
    ATTNKIT_MEMBER(cu_seqlens_q),
    ATTNKIT_MEMBER(cu_seqlens_k),
    ATTNKIT_MEMBER(key_starts),
    ATTNKIT_MEMBER(key_ends),
    ATTNKIT_MEMBER(causal_offsets),
    ATTNKIT_MEMBER(key_lengths),
    ATTNKIT_MEMBER(past_seqlens),
    ATTNKIT_MEMBER(batch),
    ATTNKIT_MEMBER(first_batch),
    ATTNKIT_MEMBER(seqlen_q),
    ATTNKIT_MEMBER(seqlen_k),
    ATTNKIT_MEMBER(num_heads),
    ATTNKIT_MEMBER(heads_per_kv),
    ATTNKIT_MEMBER(head_dim),
    ATTNKIT_MEMBER(head_dim_v),
    ATTNKIT_MEMBER(new_keys),
    ATTNKIT_MEMBER(causal_offset),
    ATTNKIT_MEMBER(window_left),
    ATTNKIT_MEMBER(window_right),
    ATTNKIT_MEMBER(scale_log2),
    ATTNKIT_MEMBER(softcap_scale),
    ATTNKIT_MEMBER(flags),
    ATTNKIT_MEMBER(lse_head_stride),
    ATTNKIT_MEMBER(workspace),
    ATTNKIT_MEMBER(counters),
    ATTNKIT_MEMBER(num_splits),
    ATTNKIT_MEMBER(reserved),
};
#undef ATTNKIT_TENSOR
#undef ATTNKIT_MEMBER

const char* variant_name(int variant) { return kVariants[variant].name; }

Status launch(int variant, const void* bytes, cudaStream_t stream) {
  FlashParams params;
  std::memcpy(&params, bytes, sizeof(params));
  return launch_variant(variant, params, stream);
}

const KernelAddon kAddon = {
    ATTNKIT_VERSION,
    ATTNKIT_CUDA_IMAGES,
    kVariantCount,
    variant_name,
    sizeof(FlashParams),
    kMembers,
    sizeof(kMembers) / sizeof(kMembers[0]),
    launch,
};

}  // namespace
}  // namespace attnkit::flash

NAPI_MODULE_INIT() { return attnkit::export_kernel_addon(env, exports, attnkit::flash::kAddon); }
