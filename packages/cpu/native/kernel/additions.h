// What attention bias and masks add to the scores of consecutive keys, in units of log2(e); -inf
// hides.
#pragma once
#include "block.h"
#include "mask_values.h"

namespace attnkit::cpu {
namespace {

// The parts that an addition is made of.
enum Parts : int { kNoParts = 0, kBiasPart = 1, kMaskPart = 2 };

ATTNKIT_INLINE IntVec lane_numbers() {
  IntVec numbers;
  for (int i = 0; i < kLanes; i++) numbers[i] = i;
  return numbers;
}

ATTNKIT_INLINE IntVec masked_lanes(const Problem& p, int64_t batch, int64_t head, int64_t query,
                                   int64_t key, int64_t count) {
  if (p.mask_kind == kMaskValues) {
    return ~kept_lanes(p.mask, score_row(p.mask, batch, head, query), key, count);
  }
  const int64_t begin = p.mask_kind == kMaskStartEnd ? p.lengths[p.batch + batch] : 0;
  const IntVec j = lane_numbers() + (int32_t)key;
  return (j < (int32_t)clamp(begin, 0, INT32_MAX)) |
         (j >= (int32_t)clamp(p.lengths[batch], 0, INT32_MAX));
}

// The value that masked keys get: -inf where the mask excludes, for rows that it holds for.
ATTNKIT_INLINE float masked_value(const Problem& p, bool ignores_mask) {
  if (!p.mask_excludes) return (float)p.filter_value * kLog2E;
  return ignores_mask ? 0.0f : -kInfinity;
}

// The lowest finite number of a dtype.
ATTNKIT_INLINE float lowest(int32_t dtype) {
  if (dtype == kFloat16) return -65504.0f;
  return dtype == kBfloat16 ? -0x1.fep127f : -0x1.fffffep127f;
}

// A bias in units of log2(e). The lowest number hides its key where rows without one are zero;
// elsewhere it stays finite, so that a row of nothing else weighs all keys alike.
ATTNKIT_INLINE Vec scaled_bias(const Problem& p, Vec bias) {
  const Vec finite = max(splat(lowest(kFloat32)), bias * kLog2E);
  const float hiding = p.empty_rows_zero ? lowest(p.bias.dtype) : -kInfinity;
  return bias <= hiding ? splat(-kInfinity) : finite;
}

ATTNKIT_INLINE Vec additions(const Problem& p, int parts, int64_t batch, int64_t head,
                             int64_t query, bool ignores_mask, int64_t key, int64_t count) {
  Vec sum{};
  if (parts & kBiasPart) {
    const char* row = score_row(p.bias, batch, head, query);
    sum = scaled_bias(p, load_as_float(row, key, p.bias.dtype, count));
  }
  if (parts & kMaskPart) {
    const IntVec masked = masked_lanes(p, batch, head, query, key, count);
    sum = masked ? sum + masked_value(p, ignores_mask) : sum;
  }
  return sum;
}

// Adds, except that -inf hides whatever the score is, NaN included.
ATTNKIT_INLINE Vec add_or_hide(Vec score, Vec addition) {
  return addition == -kInfinity ? addition : score + addition;
}

// Which parts are the same for all rows of a unit.
ATTNKIT_INLINE bool same_for_rows(const ScoreView& view, bool packed) {
  return view.row_stride == 0 && (view.head_stride == 0 || !packed);
}

ATTNKIT_INLINE int all_parts(const Problem& p) {
  // A mask of lengths that excludes is in the rows' ranges already.
  const bool mask = p.mask_kind == kMaskValues || (p.mask_kind != kMaskNone && !p.mask_excludes);
  return (p.bias.data ? kBiasPart : 0) | (mask ? kMaskPart : 0);
}

ATTNKIT_INLINE int key_parts(const Problem& p, bool packed) {
  int parts = all_parts(p);
  if (!same_for_rows(p.bias, packed)) parts &= ~kBiasPart;
  if (p.mask_kind == kMaskValues && !same_for_rows(p.mask, packed)) parts &= ~kMaskPart;
  return parts;
}

}  // namespace
}  // namespace attnkit::cpu
