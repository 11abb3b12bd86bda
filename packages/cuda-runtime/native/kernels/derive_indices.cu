// Makes int32 index tensors of others, several in one launch: each value plus a number, held
// between two others.
#include <algorithm>

#include "attnkit/launch_kernel.h"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;
// Beyond what any sum may leave, and far from where one overflows.
constexpr int64_t kFarthest = int64_t{1} << 40;

__device__ int64_t clamp(int64_t value, int64_t least, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

// Grid: (elements of the largest tensor, tensors).
__global__ void __launch_bounds__(kThreads)
    derive_indices_kernel(const __grid_constant__ DeriveIndicesParams params) {
  const DerivedIndices& tensor = params.tensors[blockIdx.y];
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (i >= tensor.count) return;
  const int64_t value = tensor.is_wide != 0 ? reinterpret_cast<const int64_t*>(tensor.from)[i]
                                            : reinterpret_cast<const int32_t*>(tensor.from)[i];
  const int64_t sum = clamp(value, -kFarthest, kFarthest) + tensor.add;
  reinterpret_cast<int32_t*>(tensor.to)[i] =
      static_cast<int32_t>(clamp(sum, tensor.least, tensor.most));
}

}  // namespace

Status launch_derive_indices(const DeriveIndicesParams& params, cudaStream_t stream) {
  if (params.tensor_count < 0 || params.tensor_count > kMostDerivedIndices) {
    return error_status(StatusCode::kInvalidArgument, "derive_indices: too many tensors");
  }
  int most = 0;
  for (int i = 0; i < params.tensor_count; ++i) most = std::max(most, params.tensors[i].count);
  if (most == 0) return ok_status();
  const dim3 grid((static_cast<unsigned>(most) + kThreads - 1) / kThreads,
                  static_cast<unsigned>(params.tensor_count));
  return launch_kernel("launching derive_indices_kernel", derive_indices_kernel,
                       {grid, kThreads, 0}, stream, params);
}

}  // namespace attnkit::runtime
