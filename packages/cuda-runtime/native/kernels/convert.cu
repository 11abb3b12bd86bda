// Converts a tensor from one element type to another: float32, float16, bfloat16.
#include <algorithm>

#include "attnkit/launch_kernel.h"
#include "kernels/elements.cuh"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kMostBlocks = 1 << 16;

template <typename To, typename From>
__global__ void __launch_bounds__(kThreads) convert_kernel(const ConvertParams params) {
  const From* from = reinterpret_cast<const From*>(params.from);
  To* to = reinterpret_cast<To*>(params.to);
  const int64_t step = int64_t{gridDim.x} * kThreads;
  for (int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x; i < params.count; i += step) {
    to[i] = from_float<To>(to_float(from[i]));
  }
}

template <typename To, typename From>
Status launch(const ConvertParams& params, cudaStream_t stream) {
  const int64_t blocks = std::min((params.count + kThreads - 1) / kThreads, kMostBlocks);
  return launch_kernel("launching convert_kernel", convert_kernel<To, From>,
                       {dim3(static_cast<unsigned>(blocks)), kThreads, 0}, stream, params);
}

}  // namespace

Status launch_convert(const ConvertParams& params, cudaStream_t stream) {
  if (params.count < 0) {
    return error_status(StatusCode::kInvalidArgument, "convert: a negative number of elements");
  }
  if (params.count == 0) return ok_status();
  return with_element(params.element_to, [&](auto to) {
    return with_element(params.element_from, [&](auto from) {
      return launch<decltype(to), decltype(from)>(params, stream);
    });
  });
}

}  // namespace attnkit::runtime
