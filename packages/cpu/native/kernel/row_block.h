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

__attribute__((noinline)) void add_query_bias(const Problem& p, const RowTable& rows, int64_t first,
                                              int64_t count, int64_t d, Vec* square) {
  for (int64_t i = 0; i < kLanes && i < count; i++) {
    const int64_t index = rows.head[first + i] * p.head_dim + d;
    square[i] += load_as_float(p.q_bias, index, p.dtype, p.head_dim - d);
  }
}

// Elements [d, d + lanes) of a row's query, with its bias, times the factor.
ATTNKIT_INLINE Vec load_query(const Problem& p, const Block& block, int64_t head, int64_t query,
                              int64_t d, float factor) {
  const HeadRows rows = head_rows(p.q, block.batch, block.token_q + query, head);
  Vec q = load_as_float(rows.data, rows.first + d, p.qk_dtype, p.head_dim - d);
  if (p.q_bias) q += load_as_float(p.q_bias, head * p.head_dim + d, p.dtype, p.head_dim - d);
  return q * factor;
}

// One square of queries: rows first … first + kLanes, of which `count` are there.
template <int D>
ATTNKIT_INLINE void load_square(const Problem& p, const Block& block, const RowTable& rows,
                                int64_t first, int64_t count, float factor, float* to,
                                int64_t columns) {
  int64_t index[kLanes];
  for (int64_t i = 0; i < kLanes && i < count; i++) {
    const int64_t query = block.token_q + rows.query[first + i];
    index[i] = head_rows(p.q, block.batch, query, rows.head[first + i]).first;
  }
  for (int64_t d = 0; d < p.head_dim; d += kLanes) {
    const int64_t left = p.head_dim - d;
    Vec square[kLanes];
    unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
      square[i] = i < count ? load_as_float(p.q.data, index[i] + d, D, left) : Vec{};
    });
    if (p.q_bias) add_query_bias(p, rows, first, count, d, square);
    unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA { square[i] *= factor; });
    transpose(square);
    unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
      if (i < left) store(to + (d + i) * columns, square[i]);
    });
  }
}

// Rows first … first + count of the block, transposed: to[head_dim][columns], zeros behind `count`.
template <int D>
__attribute__((noinline)) void load_queries(const Problem& p, const Block& block,
                                            const RowTable& rows, int64_t first, int64_t count,
                                            float* to) {
  const int64_t columns = round_up(count, kLanes);
  const float factor = query_factor(p);
  for (int64_t g = 0; g < count; g += kLanes) {
    load_square<D>(p, block, rows, first + g, count - g, factor, to + g, columns);
  }
}

// Adding a vector to every key adds its product with the query to every score of a row. Softmax
// does not see that unless something tells the keys apart or looks at the scores.
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
