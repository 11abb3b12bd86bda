// The shared kernels on the host, most for float32 alone: enough to see that parameters arrive.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "attnkit/cuda_status.h"
#include "fake_stream.h"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

// Filling with this seed does what an access outside of memory does on a device.
constexpr uint64_t kLosingSeed = 0xDEAD;

Status enqueue(cudaStream_t stream, fake::Work work) {
  fake::as_stream(stream)->enqueue(std::move(work));
  return ok_status();
}

Status only_float32() {
  return error_status(StatusCode::kInvalidArgument, "the fake has float32 only");
}

float load(int32_t element, uint64_t address, int64_t i) {
  if (element == 1) return __half2float(reinterpret_cast<const __half*>(address)[i]);
  if (element == 2) return __bfloat162float(reinterpret_cast<const __nv_bfloat16*>(address)[i]);
  return reinterpret_cast<const float*>(address)[i];
}

void store(int32_t element, uint64_t address, int64_t i, float value) {
  if (element == 1) {
    reinterpret_cast<__half*>(address)[i] = __float2half_rn(value);
  } else if (element == 2) {
    reinterpret_cast<__nv_bfloat16*>(address)[i] = __float2bfloat16_rn(value);
  } else {
    reinterpret_cast<float*>(address)[i] = value;
  }
}

// A number of (0, 1) that depends on seed and index alone.
double uniform(uint64_t seed, uint64_t index) {
  uint64_t bits = (seed * 0x9E3779B97F4A7C15u) ^ (index + 0x632BE59BD9B4E019u);
  for (int round = 0; round < 3; ++round) bits = (bits ^ (bits >> 29)) * 0xBF58476D1CE4E5B9u;
  return (static_cast<double>(bits >> 11) + 0.5) / 9007199254740992.0;
}

void append(const AppendCacheParams& params, const CachePart& part, int batch) {
  const auto* lengths = reinterpret_cast<const int32_t*>(params.past_seqlens);
  const int past = lengths == nullptr ? params.past_seqlen
                                      : std::min(std::max(lengths[batch], 0), params.past_seqlen);
  const size_t bytes = static_cast<size_t>(part.row_bytes);
  for (int head = 0; head < params.heads; ++head) {
    const int64_t at = int64_t{batch} * params.heads + head;
    char* present = reinterpret_cast<char*>(part.present) + at * params.present_rows * bytes;
    const char* old = reinterpret_cast<const char*>(part.past) + at * params.past_rows * bytes;
    if (part.past != 0) std::memcpy(present, old, past * bytes);
    for (int row = 0; row < params.new_rows; ++row) {
      const char* from = reinterpret_cast<const char*>(part.rows) + batch * part.batch_stride +
                         head * part.head_stride + row * part.row_stride;
      std::memcpy(present + (past + row) * bytes, from, bytes);
    }
  }
}

int32_t derived(const DerivedIndices& tensor, int i) {
  const int64_t value = tensor.is_wide != 0 ? reinterpret_cast<const int64_t*>(tensor.from)[i]
                                            : reinterpret_cast<const int32_t*>(tensor.from)[i];
  constexpr int64_t kFar = int64_t{1} << 40;
  const int64_t sum = std::min(std::max(value, -kFar), kFar) + tensor.add;
  return static_cast<int32_t>(std::min<int64_t>(std::max<int64_t>(sum, tensor.least), tensor.most));
}

void pad(const PadTokensParams& params, int batch) {
  const auto* cu_seqlens = reinterpret_cast<const int32_t*>(params.cu_seqlens);
  const size_t bytes = static_cast<size_t>(params.row_bytes);
  for (int position = 0; position < params.seqlen; ++position) {
    char* padded =
        reinterpret_cast<char*>(params.padded) + (size_t(batch) * params.seqlen + position) * bytes;
    const int token = cu_seqlens[batch] + position;
    char* packed = reinterpret_cast<char*>(params.tokens) + size_t(token) * bytes;
    const bool is_token = token < cu_seqlens[batch + 1];
    if (params.to_pad == 0 && is_token) std::memcpy(packed, padded, bytes);
    if (params.to_pad == 1 && is_token) std::memcpy(padded, packed, bytes);
    if (params.to_pad == 1 && !is_token) std::memset(padded, 0, bytes);
  }
}

}  // namespace

Status launch_append_cache(const AppendCacheParams& params, cudaStream_t stream) {
  return enqueue(stream, [params] {
    for (int batch = 0; batch < params.batch; ++batch) {
      append(params, params.keys, batch);
      append(params, params.values, batch);
    }
  });
}

Status launch_derive_indices(const DeriveIndicesParams& params, cudaStream_t stream) {
  return enqueue(stream, [params] {
    for (int t = 0; t < params.tensor_count; ++t) {
      int32_t* to = reinterpret_cast<int32_t*>(params.tensors[t].to);
      for (int i = 0; i < params.tensors[t].count; ++i) to[i] = derived(params.tensors[t], i);
    }
  });
}

Status launch_pad_tokens(const PadTokensParams& params, cudaStream_t stream) {
  return enqueue(stream, [params] {
    for (int batch = 0; batch < params.batch; ++batch) pad(params, batch);
  });
}

Status launch_convert(const ConvertParams& params, cudaStream_t stream) {
  return enqueue(stream, [params] {
    for (int64_t i = 0; i < params.count; ++i) {
      store(params.element_to, params.to, i, load(params.element_from, params.from, i));
    }
  });
}

Status launch_fill_normal(const FillNormalParams& params, cudaStream_t stream) {
  if (params.element != 0) return only_float32();
  if (params.seed == kLosingSeed)
    return enqueue(stream, [] { fake::lose(cudaErrorIllegalAddress); });
  // Tensors of this size are only there to keep the device busy.
  if (params.count > 1 << 22) return enqueue(stream, [] {});
  return enqueue(stream, [params] {
    constexpr double kTurn = 6.283185307179586;
    float* to = reinterpret_cast<float*>(params.to);
    for (int64_t i = 0; i < params.count; ++i) {
      const double radius = std::sqrt(-2 * std::log(uniform(params.seed, 2 * i)));
      const double number = radius * std::cos(kTurn * uniform(params.seed, 2 * i + 1));
      to[i] = static_cast<float>(params.mean + params.deviation * number);
    }
  });
}

}  // namespace attnkit::runtime
