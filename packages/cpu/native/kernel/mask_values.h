// Masks that hold a value for each key, or each pair of query and key. Kept iff the value is above
// 0.
#pragma once
#include "convert.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE const char* score_row(const ScoreView& view, int64_t batch, int64_t head,
                                     int64_t query) {
  return view.data +
         (batch * view.batch_stride + head * view.head_stride + query * view.row_stride) *
             dtype_bytes(view.dtype);
}

// Looks at 64 values before it looks at the result, so that the compiler can use vectors.
template <class T>
ATTNKIT_INLINE bool any_positive(const T* values, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end; j += 64) {
    const int64_t stop = end - j < 64 ? end : j + 64;
    bool any = false;
    for (int64_t i = j; i < stop; i++) any |= values[i] > 0;
    if (any) return true;
  }
  return false;
}

ATTNKIT_INLINE bool any_kept(const ScoreView& mask, int64_t batch, int64_t head, int64_t query,
                             int64_t begin, int64_t end) {
  const char* row = score_row(mask, batch, head, query);
  switch (mask.dtype) {
    case kInt32:
      return any_positive(reinterpret_cast<const int32_t*>(row), begin, end);
    case kInt64:
      return any_positive(reinterpret_cast<const int64_t*>(row), begin, end);
    default:
      return any_positive(reinterpret_cast<const uint8_t*>(row), begin, end);
  }
}

// -1 in the lanes of kept keys, from key `key` on; `count` of them are there, the rest reads as
// kept.
ATTNKIT_INLINE IntVec kept_lanes(const ScoreView& mask, const char* row, int64_t key,
                                 int64_t count) {
  if (mask.dtype == kInt32 && count >= kLanes) {
    return load(reinterpret_cast<const int32_t*>(row) + key) > 0;
  }
  IntVec kept = splat(-1);
  for (int i = 0; i < kLanes && i < count; i++) {
    const bool keep = mask.dtype == kInt32   ? reinterpret_cast<const int32_t*>(row)[key + i] > 0
                      : mask.dtype == kInt64 ? reinterpret_cast<const int64_t*>(row)[key + i] > 0
                                             : reinterpret_cast<const uint8_t*>(row)[key + i] > 0;
    kept[i] = keep ? -1 : 0;
  }
  return kept;
}

}  // namespace
}  // namespace attnkit::cpu
