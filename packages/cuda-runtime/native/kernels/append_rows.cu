// Appends rows of heads (batch, rows, heads, head_dim), read through strides, to a cache
// (batch, heads, rows_to, head_dim) at a row that may differ from batch to batch, adding a bias.
#include <algorithm>

#include "attnkit/launch_kernel.h"
#include "kernels/elements.cuh"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;
constexpr int kVectorBytes = 16;

template <typename T, int kWidth>
struct alignas(sizeof(T) * kWidth) Vector {
  T values[kWidth];
};

template <typename T, int kWidth>
__device__ void add_bias(Vector<T, kWidth>& row, const T* bias) {
#pragma unroll
  for (int i = 0; i < kWidth; ++i) {
    row.values[i] = from_float<T>(to_float(row.values[i]) + to_float(bias[i]));
  }
}

// One thread copies kWidth neighbouring elements of one row of one head.
template <typename T, int kWidth>
__global__ void __launch_bounds__(kThreads) append_rows_kernel(const AppendRowsParams params) {
  using Piece = Vector<T, kWidth>;
  const int pieces = params.head_dim / kWidth;
  const int64_t per_batch = int64_t{params.rows} * params.heads * pieces;
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= per_batch) return;
  const int column = static_cast<int>(index % pieces) * kWidth;
  const int head = static_cast<int>(index / pieces % params.heads);
  const int64_t row = index / pieces / params.heads;
  const int64_t batch = blockIdx.y;

  const auto* first_rows = reinterpret_cast<const int32_t*>(params.first_rows);
  const int64_t row_to = (first_rows != nullptr ? first_rows[batch] : params.first_row) + row;
  if (row_to < 0 || row_to >= params.rows_to) return;

  const T* from = reinterpret_cast<const T*>(params.from) + batch * params.from_batch_stride +
                  row * params.from_row_stride + head * params.from_head_stride + column;
  T* to = reinterpret_cast<T*>(params.to) + batch * params.to_batch_stride +
          row_to * params.to_row_stride + head * params.to_head_stride + column;
  Piece piece = *reinterpret_cast<const Piece*>(from);
  const T* bias = reinterpret_cast<const T*>(params.bias);
  if (bias != nullptr) add_bias<T, kWidth>(piece, bias + int64_t{head} * params.head_dim + column);
  *reinterpret_cast<Piece*>(to) = piece;
}

// Whether every vector of kWidth elements begins where a vector may.
template <typename T, int kWidth>
bool is_aligned(const AppendRowsParams& params) {
  constexpr int64_t kBytes = sizeof(T) * kWidth;
  const int64_t strides = params.to_batch_stride | params.to_row_stride | params.to_head_stride |
                          params.from_batch_stride | params.from_row_stride |
                          params.from_head_stride | params.head_dim;
  return params.to % kBytes == 0 && params.from % kBytes == 0 && strides % kWidth == 0;
}

template <typename T, int kWidth>
Status launch(const AppendRowsParams& params, cudaStream_t stream) {
  const int64_t pieces = int64_t{params.rows} * params.heads * (params.head_dim / kWidth);
  const dim3 grid(static_cast<unsigned>((pieces + kThreads - 1) / kThreads),
                  static_cast<unsigned>(params.batch));
  return launch_kernel("launching append_rows_kernel", append_rows_kernel<T, kWidth>,
                       {grid, kThreads, 0}, stream, params);
}

bool is_valid(const AppendRowsParams& params) {
  const int64_t elements = int64_t{params.rows} * params.heads;
  return params.batch >= 0 && params.batch <= 65535 && params.rows >= 0 && params.heads >= 0 &&
         params.head_dim >= 0 && params.head_dim <= 65536 && elements <= INT32_MAX;
}

}  // namespace

Status launch_append_rows(const AppendRowsParams& params, cudaStream_t stream) {
  if (!is_valid(params)) {
    return error_status(StatusCode::kInvalidArgument, "append_rows: sizes out of range");
  }
  if (int64_t{params.batch} * params.rows * params.heads * params.head_dim == 0) return ok_status();
  return with_element(params.element, [&](auto element) {
    using T = decltype(element);
    constexpr int kWidth = kVectorBytes / sizeof(T);
    if (is_aligned<T, kWidth>(params)) return launch<T, kWidth>(params, stream);
    return launch<T, 1>(params, stream);
  });
}

}  // namespace attnkit::runtime
