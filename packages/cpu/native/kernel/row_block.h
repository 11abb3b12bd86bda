// The queries of a block in register form, and the way back of its results.
#pragma once
#include "additions.h"
#include "exp2.h"
#include "kernel_scratch.h"
#include "transpose.h"

namespace attnkit::cpu {
namespace {

// Queries are multiplied by this as they are read. Without softcap, scores come out in units of
// log2(e); with it, divided by the cap.
ATTNKIT_INLINE float query_factor(const Problem& p) {
  return p.softcap != 0 ? (float)(p.scale / p.softcap) : (float)(p.scale * 1.4426950408889634);
}

// Elements [d, d + lanes) of a row's query, with its bias, times the factor.
ATTNKIT_INLINE Vec load_query(const Problem& p, const Block& block, int64_t head, int64_t query,
                              int64_t d, float factor) {
  const HeadRows rows = head_rows(p.q, block.batch, block.token_q + query, head);
  Vec q = load_as_float(rows.data, rows.first + d, p.dtype, p.head_dim - d);
  if (p.q_bias) q += load_as_float(p.q_bias, head * p.head_dim + d, p.dtype, p.head_dim - d);
  return q * factor;
}

// Rows first … first + count of the block, transposed: to[head_dim][columns], zeros behind `count`.
ATTNKIT_INLINE void load_queries(const Problem& p, const Block& block, const RowTable& rows,
                                 int64_t first, int64_t count, float* to) {
  const int64_t columns = round_up(count, kLanes);
  const float factor = query_factor(p);
  for (int64_t g = 0; g < count; g += kLanes) {
    for (int64_t d = 0; d < p.head_dim; d += kLanes) {
      Vec square[kLanes];
      for (int i = 0; i < kLanes; i++) {
        const int64_t r = first + g + i;
        square[i] = g + i < count
                        ? load_query(p, block, rows.head[r], rows.query[r], d, factor)
                        : Vec{};
      }
      transpose(square);
      for (int64_t i = 0; i < kLanes && d + i < p.head_dim; i++) {
        store(to + (d + i) * columns + g, square[i]);
      }
    }
  }
}

// Adding a vector to every key adds its product with the query to every score of a row. Softmax does
// not see that unless something tells the keys apart or looks at the scores.
ATTNKIT_INLINE bool needs_key_shift(const Problem& p) {
  return p.k_bias && (p.past_length > 0 || p.softcap != 0 || p.sink_kind != kSinkNone ||
                      p.qk_output != kQkNone || p.lse);
}

// shift[row] = query · bias of K, from transposed queries.
ATTNKIT_INLINE void find_shifts(const Problem& p, const RowTable& rows, int64_t first,
                                int64_t count, const float* queries, float* shift) {
  const int64_t columns = round_up(count, kLanes);
  for (int64_t r = 0; r < columns; r++) {
    float sum = 0;
    for (int64_t d = 0; r < count && d < p.head_dim; d++) {
      const int64_t index = rows.head[first + r] * p.head_dim + d;
      sum += queries[d * columns + r] * load_scalar(p.k_bias, index, p.dtype);
    }
    shift[r] = sum;
  }
}

}  // namespace
}  // namespace attnkit::cpu
