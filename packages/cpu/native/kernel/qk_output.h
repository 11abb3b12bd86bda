// The optional output of scores or probabilities, from a transposed tile.
#pragma once
#include "additions.h"
#include "kernel_scratch.h"
#include "transpose.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE float hidden_value(const Problem& p) {
  if (p.qk_hidden == kHiddenZero) return 0.0f;
  return p.qk_hidden == kHiddenLowest ? lowest(p.dtype) : -kInfinity;
}

// Scores of keys [key, key + count) of one row with bias and mask, as they are shown.
ATTNKIT_INLINE Vec biased_scores(const Problem& p, const Block& block, int64_t head, int64_t query,
                                 int64_t key, int64_t count, Vec x) {
  if (p.bias.data) {
    const char* row = score_row(p.bias, block.batch, head, query);
    x = add_or_hide(x, load_as_float(row, key, p.bias.dtype, count));
  }
  if (p.mask_kind == kMaskNone) return x;
  const IntVec masked = masked_lanes(p, block.batch, head, query, key, count);
  return masked ? add_or_hide(x, splat((float)p.filter_value)) : x;
}

ATTNKIT_INLINE Vec shown_scores(const Problem& p, const Block& block, const RowTable& rows,
                                int64_t row, int64_t key, int64_t count, Vec x) {
  if (p.qk_output == kQkProbabilities) return x;
  if (p.qk_output == kQkBiased) {
    x = biased_scores(p, block, rows.head[row], rows.query[row], key, count, x);
  } else if (p.qk_hidden != kHiddenZero) {
    return x;
  }
  const IntVec at = lane_numbers() + (int32_t)key;
  const IntVec hidden = (at < rows.seen_begin[row]) | (at >= rows.seen_end[row]);
  return hidden ? splat(hidden_value(p)) : x;
}

// Writes a tile of `count` rows × `keys` keys; scores are multiplied by `unit` first.
template <int V>
__attribute__((noinline)) void show_scores(const Problem& p, const Block& block,
                                           const RowTable& rows, int64_t first, int64_t count,
                                           const float* scores, int64_t key, int64_t keys,
                                           float unit) {
  for (int64_t g = 0; g < count; g += kLanes) {
    for (int64_t j = 0; j < keys; j += kLanes) {
      Vec square[kLanes];
      for (int64_t i = 0; i < kLanes; i++) {
        square[i] = j + i < keys ? load(scores + (j + i) * V * kLanes + g) * unit : Vec{};
      }
      transpose(square);
      for (int64_t i = 0; i < kLanes && g + i < count; i++) {
        const int64_t row = first + g + i;
        const Vec x = shown_scores(p, block, rows, row, key + j, keys - j, square[i]);
        const int64_t line =
            (block.batch * p.heads + rows.head[row]) * p.seqlen_q + rows.query[row];
        store_as(p.qk, line * p.seqlen_k + key + j, p.dtype, x, keys - j);
      }
    }
  }
}

// Keys that the problem has room for and this sequence lacks.
ATTNKIT_INLINE void show_missing_keys(const Problem& p, const Block& block, const RowTable& rows) {
  const bool shows_weights = p.qk_output == kQkProbabilities;
  const Vec value = splat(shows_weights ? 0.0f : hidden_value(p));
  for (int64_t r = 0; r < block.rows; r++) {
    const int64_t line = (block.batch * p.heads + rows.head[r]) * p.seqlen_q + rows.query[r];
    for (int64_t key = block.length_k; key < p.seqlen_k; key += kLanes) {
      store_as(p.qk, line * p.seqlen_k + key, p.dtype, value, p.seqlen_k - key);
    }
  }
}

}  // namespace
}  // namespace attnkit::cpu
