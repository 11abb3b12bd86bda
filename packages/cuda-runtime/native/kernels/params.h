// The parameters of the shared kernels, packed by JavaScript and handed over as bytes. Every member
// has a fixed width and nothing is padded by the compiler; layouts() tells JavaScript the offsets,
// and a test compares them with the ones it packs by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace attnkit::runtime {

// Element types, in the order that JavaScript numbers them.
enum class Element : int32_t { kFloat32 = 0, kFloat16 = 1, kBfloat16 = 2 };

// Copies rows of heads into a cache: to[b][n][first + r][c] = from[b][r][n][c] + bias[n][c], where
// `first` is first_row, or first_rows[b] when that is given. Rows outside [0, rows_to) are dropped.
struct AppendRowsParams {
  uint64_t to;              // base of the cache
  uint64_t from;            // base of the new rows
  uint64_t bias;            // (heads, head_dim), or 0
  uint64_t first_rows;      // int32 (batch), or 0
  int64_t to_batch_stride;  // strides in elements; the last dimension is contiguous
  int64_t to_row_stride;
  int64_t to_head_stride;
  int64_t from_batch_stride;
  int64_t from_row_stride;
  int64_t from_head_stride;
  int32_t batch;
  int32_t rows;
  int32_t heads;
  int32_t head_dim;
  int32_t first_row;
  int32_t rows_to;
  int32_t element;
  int32_t reserved;
};
static_assert(sizeof(AppendRowsParams) == 112);

// Between (batch, seqlen, row) and tokens of all sequences one after the other, (total, row):
// padded[b][s] is token cu_seqlens[b] + s for s < the length of b. Padding is written as zeros.
struct PadTokensParams {
  uint64_t padded;
  uint64_t tokens;
  uint64_t cu_seqlens;  // int32 (batch + 1)
  int64_t row_bytes;    // even
  int32_t batch;
  int32_t seqlen;
  int32_t total;   // rows of `tokens`; lengths that go past it are cut
  int32_t to_pad;  // 1: write `padded`; 0: write `tokens`
};
static_assert(sizeof(PadTokensParams) == 48);

// to[i] = from[i] in another element type, rounded to nearest even.
struct ConvertParams {
  uint64_t to;
  uint64_t from;
  int64_t count;
  int32_t element_to;
  int32_t element_from;
};
static_assert(sizeof(ConvertParams) == 32);

// to[i] = mean + deviation · normal(seed, i): the same numbers on every device and for every count.
struct FillNormalParams {
  uint64_t to;
  int64_t count;
  uint64_t seed;
  float mean;
  float deviation;
  int32_t element;
  int32_t reserved;
};
static_assert(sizeof(FillNormalParams) == 40);

}  // namespace attnkit::runtime
