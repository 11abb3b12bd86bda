// The parameters of the shared kernels, packed by JavaScript and handed over as bytes. Every member
// has a fixed width and nothing is padded by the compiler; layouts() tells JavaScript the offsets,
// and a test compares them with the ones it packs by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace attnkit::runtime {

// Element types, in the order that JavaScript numbers them.
enum class Element : int32_t { kFloat32 = 0, kFloat16 = 1, kBfloat16 = 2 };

// Keys, or values, of a cache and of what it is given. Strides are in bytes; the bytes of a row lie
// one after the other.
struct CachePart {
  uint64_t present;  // (batch, heads, present_rows, row)
  uint64_t past;     // (batch, heads, past_rows, row); 0 where present has these rows already
  uint64_t rows;     // base of the new rows
  int64_t batch_stride;
  int64_t row_stride;
  int64_t head_stride;
  int64_t row_bytes;  // even
};
static_assert(sizeof(CachePart) == 56);

// present[b][n] becomes the past rows of b, then its new ones; rows behind are left as they are.
struct AppendCacheParams {
  CachePart keys;
  CachePart values;
  uint64_t past_seqlens;  // int32 (batch): rows of the past that are valid; or 0
  int32_t batch;
  int32_t heads;
  int32_t past_seqlen;  // rows of the past that are valid, of every batch entry, or at most
  int32_t new_rows;
  int32_t past_rows;
  int32_t present_rows;
};
static_assert(sizeof(AppendCacheParams) == 144);

// to[i] = from[i] + add, held between least and most.
struct DerivedIndices {
  uint64_t to;    // int32 (count)
  uint64_t from;  // int32 (count), or int64
  int32_t add;
  int32_t least;
  int32_t most;
  int32_t count;
  int32_t is_wide;  // 1: from is int64
  int32_t reserved;
};
static_assert(sizeof(DerivedIndices) == 40);

inline constexpr int kMostDerivedIndices = 4;

struct DeriveIndicesParams {
  DerivedIndices tensors[kMostDerivedIndices];
  int32_t tensor_count;
  int32_t reserved;
};
static_assert(sizeof(DeriveIndicesParams) == 168);

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
