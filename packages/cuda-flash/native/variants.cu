#include "variants.h"

#include "kernels/decode/decode_launch.cuh"
#include "kernels/fa2_launch.cuh"
#include "kernels/hopper/hopper_launch.cuh"

namespace attnkit::flash {

#define ATTNKIT_FA2_VARIANT(name, ...) \
  extern template Status launch_fa2<Fa2Traits<__VA_ARGS__>>(const FlashParams&, cudaStream_t);
#define ATTNKIT_HOPPER_VARIANT(name, ...) \
  extern template Status launch_hopper<HopperTraits<__VA_ARGS__>>(const FlashParams&, cudaStream_t);
#define ATTNKIT_DECODE_VARIANT(name, ...) \
  extern template Status launch_decode<DecodeTraits<__VA_ARGS__>>(const FlashParams&, cudaStream_t);
#include "generated/variants.inc"
#undef ATTNKIT_FA2_VARIANT
#undef ATTNKIT_HOPPER_VARIANT
#undef ATTNKIT_DECODE_VARIANT

namespace {

template <typename Traits, Status (*kLaunch)(const FlashParams&, cudaStream_t)>
constexpr Variant make_variant(const char* name, int smem_bytes, bool serves_lse = true) {
  return {name,       Traits::kHeadDim, Traits::kBlockM, Traits::kBlockN, Traits::kThreads,
          smem_bytes, serves_lse,       kLaunch};
}

template <typename Traits>
constexpr Variant make_decode_variant(const char* name) {
  return make_variant<Traits, launch_decode<Traits>>(name, decode_smem_bytes<Traits>());
}

template <typename Traits>
constexpr Variant make_fa2_variant(const char* name) {
  return make_variant<Traits, launch_fa2<Traits>>(name, Traits::kSmemBytes);
}

template <typename Traits>
constexpr Variant make_hopper_variant(const char* name) {
  // Sums of rounded probabilities are too coarse for their logarithm.
  return make_variant<Traits, launch_hopper<Traits>>(name, SharedStorage<Traits>::kAllocatedBytes,
                                                     !Traits::kSumsByProduct);
}

bool fits(int head_dim, const Variant& variant) {
  return head_dim > 0 && head_dim <= variant.head_dim && head_dim % 8 == 0;
}

}  // namespace

const Variant kVariants[] = {
#define ATTNKIT_FA2_VARIANT(name, ...) make_fa2_variant<Fa2Traits<__VA_ARGS__>>(name),
#define ATTNKIT_HOPPER_VARIANT(name, ...) make_hopper_variant<HopperTraits<__VA_ARGS__>>(name),
#define ATTNKIT_DECODE_VARIANT(name, ...) make_decode_variant<DecodeTraits<__VA_ARGS__>>(name),
#include "generated/variants.inc"
#undef ATTNKIT_FA2_VARIANT
#undef ATTNKIT_HOPPER_VARIANT
#undef ATTNKIT_DECODE_VARIANT
};

const int kVariantCount = sizeof(kVariants) / sizeof(kVariants[0]);

Status launch_variant(int variant, const FlashParams& params, cudaStream_t stream) {
  if (variant < 0 || variant >= kVariantCount) {
    return error_status(StatusCode::kInvalidArgument, "no such kernel variant");
  }
  if (!fits(params.head_dim, kVariants[variant]) || !fits(params.head_dim_v, kVariants[variant])) {
    return error_status(StatusCode::kInvalidArgument, "a head dim does not fit the kernel variant");
  }
  if (params.softmax_lse != 0 && !kVariants[variant].serves_lse) {
    return error_status(StatusCode::kInvalidArgument, "the kernel variant has no log-sum-exp");
  }
  if (params.batch == 0 || params.seqlen_q == 0 || params.num_heads == 0) return ok_status();
  return kVariants[variant].launch(params, stream);
}

}  // namespace attnkit::flash
