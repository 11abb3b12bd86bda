// Puts new keys and values behind those of earlier calls, in one launch: a cache is
// (batch, heads, rows, row), the new rows are read through strides. Rows are bytes: the element
// type does not matter.
#include <algorithm>

#include "attnkit/launch_kernel.h"
#include "kernels/kernels.h"

namespace attnkit::runtime {
namespace {

constexpr int kThreads = 256;
constexpr int kMostBatch = 65535;

// How many rows of the past are valid: what comes from the device is not trusted.
__device__ int past_of(const AppendCacheParams& params, int batch) {
  const auto* const past_seqlens = reinterpret_cast<const int32_t*>(params.past_seqlens);
  if (past_seqlens == nullptr) return params.past_seqlen;
  return min(max(past_seqlens[batch], 0), params.past_seqlen);
}

// The first rows of the past, the others of what is new. `row` counts from the past's first.
__device__ const char* source_row(const AppendCacheParams& params, const CachePart& part, int batch,
                                  int head, int row, int past) {
  if (row < past) {
    const int64_t cache_row = (int64_t{batch} * params.heads + head) * params.past_rows + row;
    return reinterpret_cast<const char*>(part.past) + cache_row * part.row_bytes;
  }
  return reinterpret_cast<const char*>(part.rows) + batch * part.batch_stride +
         head * part.head_stride + (row - past) * part.row_stride;
}

// One thread copies one T of one row. Grid: (pieces of all rows of a batch entry, batch, 2).
template <typename T>
__global__ void __launch_bounds__(kThreads)
    append_cache_kernel(const __grid_constant__ AppendCacheParams params) {
  const CachePart& part = blockIdx.z == 0 ? params.keys : params.values;
  const int batch = static_cast<int>(blockIdx.y);
  const int past = past_of(params, batch);
  const int first = part.past != 0 ? 0 : past;
  const unsigned rows = past + params.new_rows - first;
  const unsigned pieces = static_cast<unsigned>(part.row_bytes / sizeof(T));
  const unsigned index = blockIdx.x * kThreads + threadIdx.x;
  if (index >= rows * pieces * params.heads) return;
  const int head = static_cast<int>(index / pieces / rows);
  const int row = first + static_cast<int>(index / pieces % rows);
  const unsigned piece = index % pieces;

  const char* const from = source_row(params, part, batch, head, row, past);
  const int64_t row_to = (int64_t{batch} * params.heads + head) * params.present_rows + row;
  char* const to = reinterpret_cast<char*>(part.present) + row_to * part.row_bytes;
  reinterpret_cast<T*>(to)[piece] = reinterpret_cast<const T*>(from)[piece];
}

// The most rows that are copied of one head.
int64_t rows_of(const AppendCacheParams& params, const CachePart& part) {
  return int64_t{params.new_rows} + (part.past != 0 ? params.past_seqlen : 0);
}

template <typename T>
Status launch(const AppendCacheParams& params, cudaStream_t stream) {
  const auto pieces = [&](const CachePart& part) {
    return rows_of(params, part) * params.heads * (part.row_bytes / int64_t{sizeof(T)});
  };
  const int64_t most = std::max(pieces(params.keys), pieces(params.values));
  if (most > INT32_MAX) {
    return error_status(StatusCode::kInvalidArgument, "append_cache: too large for one launch");
  }
  const dim3 grid(static_cast<unsigned>((most + kThreads - 1) / kThreads),
                  static_cast<unsigned>(params.batch), 2);
  return launch_kernel("launching append_cache_kernel", append_cache_kernel<T>, {grid, kThreads, 0},
                       stream, params);
}

bool is_valid(const AppendCacheParams& params) {
  const bool fits = int64_t{params.past_seqlen} <= params.past_rows &&
                    int64_t{params.past_seqlen} + params.new_rows <= params.present_rows;
  return params.batch >= 0 && params.batch <= kMostBatch && params.heads >= 0 &&
         params.past_seqlen >= 0 && params.new_rows >= 0 && fits;
}

// All bits that any address or distance has.
uint64_t places_of(const CachePart& part) {
  return part.present | part.past | part.rows | static_cast<uint64_t>(part.batch_stride) |
         static_cast<uint64_t>(part.row_stride) | static_cast<uint64_t>(part.head_stride) |
         static_cast<uint64_t>(part.row_bytes);
}

}  // namespace

Status launch_append_cache(const AppendCacheParams& params, cudaStream_t stream) {
  if (!is_valid(params)) {
    return error_status(StatusCode::kInvalidArgument, "append_cache: sizes out of range");
  }
  const int64_t rows = std::max(rows_of(params, params.keys), rows_of(params, params.values));
  const int64_t bytes = std::max(params.keys.row_bytes, params.values.row_bytes);
  if (params.batch == 0 || params.heads == 0 || rows == 0 || bytes == 0) return ok_status();
  const uint64_t places = places_of(params.keys) | places_of(params.values);
  if (places % sizeof(uint4) == 0) return launch<uint4>(params, stream);
  if (places % sizeof(uint16_t) == 0) return launch<uint16_t>(params, stream);
  return error_status(StatusCode::kInvalidArgument, "append_cache: elements of one byte");
}

}  // namespace attnkit::runtime
