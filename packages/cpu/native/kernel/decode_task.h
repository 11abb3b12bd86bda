// A few rows (a token at a time, mostly): keys and values stream by once, the head's elements in
// the lanes, whatever the element type. Memory is the limit here.
#pragma once
#include "decode_products.h"
#include "partials.h"
#include "row_block.h"
#include "row_table.h"
#include "tanh.h"

namespace attnkit::cpu {
namespace {

struct DecodeRow {
  int64_t head, query;
  bool ignores_mask;
  const float* q;
  float shift;
  float *out, *largest, *sum;
};

// Softcap, bias and mask on consecutive scores; lanes behind `count` become -inf.
ATTNKIT_INLINE void edit_row(const Problem& p, const Block& block, const DecodeRow& row, int parts,
                             bool is_new, int64_t key, int64_t count, float* scores) {
  for (int64_t j = 0; j < count; j += kLanes) {
    Vec x = load(scores + j);
    if (is_new) x += row.shift;
    if (p.softcap != 0) x = tanh(x) * ((float)p.softcap * kLog2E);
    if (parts) {
      x = add_or_hide(x, additions(p, parts, block.batch, row.head, row.query, row.ignores_mask,
                                   key + j, count - j));
    }
    if (count - j < kLanes) x = lane_numbers() < (int32_t)(count - j) ? x : splat(-kInfinity);
    store(scores + j, x);
  }
}

// Scores become weights; returns what earlier sums are multiplied by.
ATTNKIT_INLINE float softmax_row(DecodeRow& row, int64_t count, float* scores, float* tile_sum) {
  Vec largest = splat(*row.largest), sum{};
  for (int64_t j = 0; j < count; j += kLanes) largest = max(largest, load(scores + j));
  float most = largest[0];
  for (int i = 1; i < kLanes; i++) most = max(most, largest[i]);
  const float offset = most == -kInfinity ? 0.0f : most;
  const float rescale = exp2(*row.largest - offset);
  for (int64_t j = 0; j < count; j += kLanes) {
    const Vec weight = exp2(load(scores + j) - offset);
    sum += weight;
    store(scores + j, weight);
  }
  *tile_sum = sum_lanes(sum);
  *row.sum = *row.sum * rescale + *tile_sum;
  *row.largest = most;
  return rescale;
}

struct DecodeContext {
  const Problem& p;
  const Block& block;
  DecodeScratch& s;
  int parts;
};

ATTNKIT_INLINE void scale_row(float* out, int64_t width, float factor) {
  if (factor == 1.0f) return;
  for (int64_t d = 0; d < width; d += kLanes) store(out + d, load(out + d) * factor);
}

// Scores of one row to weights, and its output so far in their scale.
ATTNKIT_INLINE void weigh_row(const DecodeContext& t, bool is_new, int64_t key, int64_t count,
                              float* scores, DecodeRow& row) {
  const Problem& p = t.p;
  edit_row(p, t.block, row, t.parts, is_new, key, count, scores);
  float tile_sum;
  const float rescale = softmax_row(row, count, scores, &tile_sum);
  scale_row(row.out, round_up(p.head_dim_v, kLanes), rescale);
  if (!p.v_bias || !is_new) return;
  for (int64_t d = 0; d < p.head_dim_v; d++) {
    row.out[d] += tile_sum * load_scalar(p.v_bias, row.head * p.head_dim_v + d, p.dtype);
  }
}

// R rows against keys [begin, end) of one segment; of those rows `count` are there.
template <int R>
ATTNKIT_INLINE void decode_tile(const DecodeContext& t, const Segment& segment, int64_t begin,
                                int64_t end, DecodeRow* rows, int64_t count) {
  const Problem& p = t.p;
  const int64_t keys = end - begin, first = begin - segment.begin;
  const int64_t width = round_up(p.head_dim, kLanes), width_v = round_up(p.head_dim_v, kLanes);
  const HeadRows &k = segment.k, &v = segment.v;
  with_dtype(segment.k_dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    const RowStream stream{k.data, k.first + first * k.stride, k.stride};
    dot_keys<dtype, R>(stream, keys, p.head_dim, rows->q, width, t.s.scores, kDecodeColumns);
  });
  for (int64_t r = 0; r < count; r++) {
    weigh_row(t, segment.is_new, begin, keys, t.s.scores + r * kDecodeColumns, rows[r]);
  }
  with_dtype(p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    const RowStream stream{v.data, v.first + first * v.stride, v.stride};
    add_values<dtype, R>(stream, keys, p.head_dim_v, t.s.scores, kDecodeColumns, rows->out,
                         width_v);
  });
}

// Rows that see the same keys, and nothing is added to their scores, share the readings of keys and
// values.
ATTNKIT_INLINE bool share_keys(const DecodeContext& t) {
  if (t.parts) return false;
  for (int64_t r = 1; r < t.block.rows; r++) {
    const RowTable& rows = t.s.rows;
    if (rows.key_begin[r] != rows.key_begin[0] || rows.key_end[r] != rows.key_end[0]) return false;
  }
  return true;
}

ATTNKIT_INLINE DecodeRow start_row(const Problem& p, const Block& block, DecodeScratch& s,
                                   int64_t r) {
  const int64_t width = round_up(p.head_dim, kLanes), width_v = round_up(p.head_dim_v, kLanes);
  float* q = s.queries + r * width;
  DecodeRow row{
      s.rows.head[r], s.rows.query[r], s.rows.ignores_mask[r] != 0, q, 0.0f, s.out + r * width_v,
      s.row_max + r,  s.row_sum + r};
  const float factor = query_factor(p);
  for (int64_t d = 0; d < width; d += kLanes) {
    store(q + d, load_query(p, block, row.head, row.query, d, factor));
  }
  if (needs_key_shift(p)) {
    for (int64_t d = 0; d < p.head_dim; d++) {
      row.shift += q[d] * load_scalar(p.k_bias, row.head * p.head_dim + d, p.dtype);
    }
  }
  for (int64_t d = 0; d < width_v; d += kLanes) store(row.out + d, Vec{});
  *row.largest = -kInfinity;
  *row.sum = 0.0f;
  return row;
}

// Rows that only fill up a group of four.
ATTNKIT_INLINE void clear_rows(const Problem& p, int64_t first, DecodeScratch& s) {
  const int64_t width = round_up(p.head_dim, kLanes), width_v = round_up(p.head_dim_v, kLanes);
  for (int64_t i = first * width; i < kDecodeRows * width; i++) s.queries[i] = 0.0f;
  for (int64_t i = first * width_v; i < kDecodeRows * width_v; i++) s.out[i] = 0.0f;
}

template <class F>
ATTNKIT_INLINE void with_rows(int64_t count, const F& f) {
  if (count == 1) return f(Constant<1>{});
  if (count == 2) return f(Constant<2>{});
  f(Constant<kDecodeRows>{});
}

void decode_task(const Problem& p, const TaskPlan& plan, int64_t task, char* scratch,
                 char* workspace) {
  const Block block = locate_block(p, plan, task);
  if (block.rows == 0) return;
  DecodeScratch s;
  lay_out(p, scratch, s);
  fill_rows(p, block, s.rows);
  DecodeRow rows[kDecodeRows];
  for (int64_t r = 0; r < block.rows; r++) rows[r] = start_row(p, block, s, r);
  clear_rows(p, block.rows, s);
  const DecodeContext t{p, block, s, all_parts(p)};
  const bool shared = share_keys(t);
  for (int64_t key = block.key_begin; key < block.key_end && !cancelled(p);) {
    const Segment segment = segment_of(p, block, key);
    const int64_t end = min(key + kDecodeKeys, min(block.key_end, segment.end));
    for (int64_t r = 0; r < (shared ? 1 : block.rows); r++) {
      const int64_t from = max(key, (int64_t)s.rows.key_begin[r]);
      const int64_t to = min(end, (int64_t)s.rows.key_end[r]);
      if (from >= to) continue;
      with_rows(shared ? block.rows : 1, [&](auto count) ATTNKIT_INLINE_LAMBDA {
        decode_tile<count>(t, segment, from, to, rows + r, shared ? block.rows : 1);
      });
    }
    key = end;
  }
  for (int64_t r = 0; r < block.rows; r++) {
    const DecodeRow& row = rows[r];
    if (plan.splits == 1) {
      store_row(p, block, row.head, row.query, row.out, *row.largest, *row.sum);
      continue;
    }
    float* part = partial_row(p, plan, workspace, block, block.split, r);
    part[0] = *row.largest;
    part[1] = *row.sum;
    for (int64_t d = 0; d < p.head_dim_v; d += kLanes) store(part + kLanes + d, load(row.out + d));
  }
  if (plan.splits > 1) merge_if_last(p, plan, workspace, block, s.rows, s.out);
}

}  // namespace
}  // namespace attnkit::cpu
