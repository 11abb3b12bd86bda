// Moves tokens between (batch, seqlen, row) with padding and (total, row) without. Rows are bytes:
// the element type does not matter.
#include "attnkit/launch_kernel.h"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;

__device__ int clamp(int value, int most) { return min(max(value, 0), most); }

// One thread moves one T of one token. The lengths come from the device and are not trusted: a bad
// one gives a wrong row and no access outside.
template <typename T, bool kToPad>
__global__ void __launch_bounds__(kThreads) pad_tokens_kernel(const PadTokensParams params) {
  const int64_t width = params.row_bytes / static_cast<int64_t>(sizeof(T));
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= params.seqlen * width) return;
  const int64_t position = index / width;
  const int64_t column = index % width;
  const int64_t batch = blockIdx.y;

  const auto* cu_seqlens = reinterpret_cast<const int32_t*>(params.cu_seqlens);
  const int begin = clamp(cu_seqlens[batch], params.total);
  const int end = clamp(cu_seqlens[batch + 1], params.total);
  const bool is_token = begin + position < end;

  T* padded =
      reinterpret_cast<T*>(params.padded) + (batch * params.seqlen + position) * width + column;
  T* token = reinterpret_cast<T*>(params.tokens) + (begin + position) * width + column;
  if (kToPad) {
    *padded = is_token ? *token : T{};
  } else if (is_token) {
    *token = *padded;
  }
}

template <typename T>
Status launch(const PadTokensParams& params, cudaStream_t stream) {
  const int64_t pieces = params.seqlen * (params.row_bytes / static_cast<int64_t>(sizeof(T)));
  const int64_t blocks = (pieces + kThreads - 1) / kThreads;
  if (blocks > INT32_MAX) {
    return error_status(StatusCode::kInvalidArgument, "pad_tokens: too large for one launch");
  }
  const dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(params.batch));
  return launch_kernel(
      "launching pad_tokens_kernel",
      params.to_pad != 0 ? pad_tokens_kernel<T, true> : pad_tokens_kernel<T, false>,
      {grid, kThreads, 0}, stream, params);
}

bool is_valid(const PadTokensParams& params) {
  return params.batch >= 0 && params.batch <= 65535 && params.seqlen >= 0 && params.total >= 0 &&
         params.row_bytes >= 0 && params.row_bytes % 2 == 0 && params.cu_seqlens != 0;
}

}  // namespace

Status launch_pad_tokens(const PadTokensParams& params, cudaStream_t stream) {
  if (!is_valid(params)) {
    return error_status(StatusCode::kInvalidArgument, "pad_tokens: sizes out of range");
  }
  if (params.batch == 0 || params.seqlen == 0 || params.row_bytes == 0) return ok_status();
  const uint64_t places = params.padded | params.tokens | static_cast<uint64_t>(params.row_bytes);
  if (places % sizeof(uint4) == 0) return launch<uint4>(params, stream);
  if (places % sizeof(uint32_t) == 0) return launch<uint32_t>(params, stream);
  return launch<uint16_t>(params, stream);
}

}  // namespace attnkit::runtime
