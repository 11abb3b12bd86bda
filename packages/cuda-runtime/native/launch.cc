#include "launch.h"

#include <cstddef>
#include <cstring>

#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

// In the order that JavaScript numbers them.
enum class Kernel : int32_t {
  kAppendCache = 0,
  kPadTokens = 1,
  kConvert = 2,
  kFillNormal = 3,
  kDeriveIndices = 4,
};

template <typename Params>
Status launch_with(Status (*launcher)(const Params&, cudaStream_t), const void* bytes,
                   size_t length, cudaStream_t stream) {
  if (length != sizeof(Params)) {
    return error_status(StatusCode::kInvalidArgument, "parameters of a wrong size");
  }
  Params params;
  std::memcpy(&params, bytes, sizeof(Params));
  return launcher(params, stream);
}

struct Member {
  const char* name;
  size_t offset;
};

#define ATTNKIT_MEMBER(params, member) \
  Member { #member, offsetof(params, member) }

#define ATTNKIT_CACHE_PART(part)                                                                 \
  ATTNKIT_MEMBER(AppendCacheParams, part.present), ATTNKIT_MEMBER(AppendCacheParams, part.past), \
      ATTNKIT_MEMBER(AppendCacheParams, part.rows),                                              \
      ATTNKIT_MEMBER(AppendCacheParams, part.batch_stride),                                      \
      ATTNKIT_MEMBER(AppendCacheParams, part.row_stride),                                        \
      ATTNKIT_MEMBER(AppendCacheParams, part.head_stride),                                       \
      ATTNKIT_MEMBER(AppendCacheParams, part.row_bytes)
constexpr Member kAppendCache[] = {
    ATTNKIT_CACHE_PART(keys),
    ATTNKIT_CACHE_PART(values),
    ATTNKIT_MEMBER(AppendCacheParams, past_seqlens),
    ATTNKIT_MEMBER(AppendCacheParams, batch),
    ATTNKIT_MEMBER(AppendCacheParams, heads),
    ATTNKIT_MEMBER(AppendCacheParams, past_seqlen),
    ATTNKIT_MEMBER(AppendCacheParams, new_rows),
    ATTNKIT_MEMBER(AppendCacheParams, past_rows),
    ATTNKIT_MEMBER(AppendCacheParams, present_rows),
    {"size", sizeof(AppendCacheParams)},
};
#undef ATTNKIT_CACHE_PART
#define ATTNKIT_DERIVED(tensor)                            \
  ATTNKIT_MEMBER(DeriveIndicesParams, tensor.to),          \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.from),    \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.add),     \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.least),   \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.most),    \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.count),   \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.is_wide), \
      ATTNKIT_MEMBER(DeriveIndicesParams, tensor.reserved)
constexpr Member kDeriveIndices[] = {
    ATTNKIT_DERIVED(tensors[0]),
    ATTNKIT_DERIVED(tensors[1]),
    ATTNKIT_DERIVED(tensors[2]),
    ATTNKIT_DERIVED(tensors[3]),
    ATTNKIT_MEMBER(DeriveIndicesParams, tensor_count),
    ATTNKIT_MEMBER(DeriveIndicesParams, reserved),
    {"size", sizeof(DeriveIndicesParams)},
};
#undef ATTNKIT_DERIVED
constexpr Member kPadTokens[] = {
    ATTNKIT_MEMBER(PadTokensParams, padded),     ATTNKIT_MEMBER(PadTokensParams, tokens),
    ATTNKIT_MEMBER(PadTokensParams, cu_seqlens), ATTNKIT_MEMBER(PadTokensParams, row_bytes),
    ATTNKIT_MEMBER(PadTokensParams, batch),      ATTNKIT_MEMBER(PadTokensParams, seqlen),
    ATTNKIT_MEMBER(PadTokensParams, total),      ATTNKIT_MEMBER(PadTokensParams, to_pad),
    {"size", sizeof(PadTokensParams)},
};
constexpr Member kConvert[] = {
    ATTNKIT_MEMBER(ConvertParams, to),           ATTNKIT_MEMBER(ConvertParams, from),
    ATTNKIT_MEMBER(ConvertParams, count),        ATTNKIT_MEMBER(ConvertParams, element_to),
    ATTNKIT_MEMBER(ConvertParams, element_from), {"size", sizeof(ConvertParams)},
};
constexpr Member kFillNormal[] = {
    ATTNKIT_MEMBER(FillNormalParams, to),        ATTNKIT_MEMBER(FillNormalParams, count),
    ATTNKIT_MEMBER(FillNormalParams, seed),      ATTNKIT_MEMBER(FillNormalParams, mean),
    ATTNKIT_MEMBER(FillNormalParams, deviation), ATTNKIT_MEMBER(FillNormalParams, element),
    ATTNKIT_MEMBER(FillNormalParams, reserved),  {"size", sizeof(FillNormalParams)},
};
#undef ATTNKIT_MEMBER

template <size_t kCount>
void set_layout(napi_env env, napi_value object, const char* name,
                const Member (&members)[kCount]) {
  napi_value layout = nullptr;
  if (napi_create_object(env, &layout) != napi_ok) return;
  for (const Member& member : members) {
    napi_value offset = nullptr;
    if (napi_create_uint32(env, static_cast<uint32_t>(member.offset), &offset) != napi_ok) return;
    napi_set_named_property(env, layout, member.name, offset);
  }
  napi_set_named_property(env, object, name, layout);
}

}  // namespace

Status launch(Arguments& arguments) {
  const int32_t kernel = arguments.integer(0);
  size_t length = 0;
  const void* const params = arguments.bytes(1, length);
  const cudaStream_t stream = arguments.stream(2);
  if (!arguments.status().ok()) return arguments.status();
  const ContextScope scope(stream);
  if (!scope.status().ok()) return scope.status();
  switch (static_cast<Kernel>(kernel)) {
    case Kernel::kAppendCache:
      return launch_with(launch_append_cache, params, length, stream);
    case Kernel::kPadTokens:
      return launch_with(launch_pad_tokens, params, length, stream);
    case Kernel::kConvert:
      return launch_with(launch_convert, params, length, stream);
    case Kernel::kFillNormal:
      return launch_with(launch_fill_normal, params, length, stream);
    case Kernel::kDeriveIndices:
      return launch_with(launch_derive_indices, params, length, stream);
  }
  return error_status(StatusCode::kInvalidArgument, "no kernel of this number");
}

Status layouts(Arguments& arguments) {
  napi_value object = nullptr;
  if (napi_create_object(arguments.env(), &object) != napi_ok) return ok_status();
  set_layout(arguments.env(), object, "append_cache", kAppendCache);
  set_layout(arguments.env(), object, "pad_tokens", kPadTokens);
  set_layout(arguments.env(), object, "convert", kConvert);
  set_layout(arguments.env(), object, "fill_normal", kFillNormal);
  set_layout(arguments.env(), object, "derive_indices", kDeriveIndices);
  arguments.return_value(object);
  return ok_status();
}

}  // namespace attnkit::runtime
