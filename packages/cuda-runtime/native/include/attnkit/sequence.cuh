// Where the queries and keys of one batch entry are.
#pragma once

#include <cstdint>

#include "attnkit/range.h"

namespace attnkit {

// A run of tokens of a tensor: `first` is its start, `length` its size.
struct TokenSpan {
  int64_t first;
  int length;
};

// The span of sequence `batch`. With `cu_seqlens` (batch + 1 cumulative lengths) the sequences lie
// one after the other among `total` tokens, without it each has `seqlen` tokens of its own. Values
// that make no sense are clamped: whatever they are, the span lies inside the tensor.
__device__ __forceinline__ TokenSpan locate_sequence(const int32_t* cu_seqlens, int batch,
                                                     int seqlen, int total) {
  if (cu_seqlens == nullptr) return {0, seqlen};
  const int begin = clamp(cu_seqlens[batch], 0, total);
  const int end = clamp(cu_seqlens[batch + 1], begin, total);
  return {begin, min(end - begin, seqlen)};
}

}  // namespace attnkit
