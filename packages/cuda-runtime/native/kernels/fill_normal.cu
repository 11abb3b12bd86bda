// Fills a tensor with normal random numbers, on the device: inputs of benchmarks and checks.
#include <algorithm>

#include "attnkit/launch_kernel.h"
#include "kernels/elements.cuh"
#include "kernels/kernels.h"
#include "kernels/philox.cuh"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;
constexpr int kPerCounter = 4;  // numbers of one call of the generator
constexpr int64_t kMostBlocks = 1 << 16;

template <typename T>
__global__ void __launch_bounds__(kThreads) fill_normal_kernel(const FillNormalParams params) {
  T* to = reinterpret_cast<T*>(params.to);
  const int64_t step = int64_t{gridDim.x} * kThreads;
  int64_t counter = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  for (; counter * kPerCounter < params.count; counter += step) {
    const uint4 random = philox(params.seed, static_cast<uint64_t>(counter));
    const float2 first = normal_pair(random.x, random.y);
    const float2 second = normal_pair(random.z, random.w);
    const float numbers[kPerCounter] = {first.x, first.y, second.x, second.y};
    const int64_t begin = counter * kPerCounter;
#pragma unroll
    for (int i = 0; i < kPerCounter; ++i) {
      if (begin + i < params.count) {
        to[begin + i] = from_float<T>(fmaf(params.deviation, numbers[i], params.mean));
      }
    }
  }
}

}  // namespace

Status launch_fill_normal(const FillNormalParams& params, cudaStream_t stream) {
  if (params.count < 0) {
    return error_status(StatusCode::kInvalidArgument, "fill_normal: a negative number of elements");
  }
  if (params.count == 0) return ok_status();
  const int64_t counters = (params.count + kPerCounter - 1) / kPerCounter;
  const int64_t blocks = std::min((counters + kThreads - 1) / kThreads, kMostBlocks);
  return with_element(params.element, [&](auto element) {
    using T = decltype(element);
    return launch_kernel("launching fill_normal_kernel", fill_normal_kernel<T>,
                         {dim3(static_cast<unsigned>(blocks)), kThreads, 0}, stream, params);
  });
}

}  // namespace attnkit::runtime
