// A few rows (a token at a time, mostly): keys and values stream by once, the head's elements in
// the lanes, whatever the element type. Memory is the limit here.
#pragma once
#include "partials.h"
#include "row_block.h"
#include "row_table.h"
#include "tanh.h"

namespace attnkit::cpu {
namespace {

// scores[j] = query · key j, for `count` keys from `index` on, `stride` elements apart.
template <int D>
__attribute__((noinline)) void dot_keys(const char* keys, int64_t index, int64_t stride,
                                        int64_t count, int64_t head_dim, const float* query,
                                        float* scores) {
  for (int64_t j = 0; j < count; j += kLanes) {
    Vec sums[kLanes];
    for (int64_t i = 0; i < kLanes; i++) {
      Vec sum{};
      if (j + i < count) {
        const int64_t row = index + (j + i) * stride;
        int64_t d = 0;
        for (; d + kLanes <= head_dim; d += kLanes) {
          sum += load_as_float(keys, row + d, D, kLanes) * load(query + d);
        }
        if (d < head_dim) sum += load_as_float(keys, row + d, D, head_dim - d) * load(query + d);
      }
      sums[i] = sum;
    }
    transpose(sums);
    for (int half = kLanes / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) sums[i] += sums[i + half];
    }
    store(scores + j, sums[0]);
  }
}

// out[d] = out[d] · rescale + Σ weights[j] · value j, for N vectors of the head from element `d`
// on.
template <int D, int N>
ATTNKIT_INLINE void add_value_columns(const char* values, int64_t index, int64_t stride,
                                      int64_t count, int64_t left, const float* weights,
                                      float rescale, float* out) {
  Vec sum[N];
  unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA { sum[n] = Vec{}; });
  for (int64_t j = 0; j < count; j++, index += stride) {
    if (weights[j] == 0.0f) continue;  // a hidden key gives nothing, not even a NaN
    unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA {
      const int64_t d = n * kLanes;
      sum[n] += load_as_float(values, index + d, D, n < N - 1 ? kLanes : left - d) * weights[j];
    });
  }
  unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA {
    store(out + n * kLanes, load(out + n * kLanes) * rescale + sum[n]);
  });
}

template <int D>
__attribute__((noinline)) void add_values(const char* values, int64_t index, int64_t stride,
                                          int64_t count, int64_t head_dim, const float* weights,
                                          float rescale, float* out) {
  constexpr int kColumns = 8;
  for (int64_t d = 0; d < head_dim; d += kColumns * kLanes) {
    with_count<kColumns>(ceil_div(head_dim - d, kLanes), [&](auto n) ATTNKIT_INLINE_LAMBDA {
      add_value_columns<D, n>(values, index + d, stride, count, head_dim - d, weights, rescale,
                              out + d);
    });
  }
}

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
  float* scores;
  int parts;
};

// One row against keys [begin, end) of one segment.
ATTNKIT_INLINE void decode_tile(const DecodeContext& t, const Segment& segment, int64_t begin,
                                int64_t end, DecodeRow& row) {
  const Problem& p = t.p;
  const int64_t count = end - begin, first = begin - segment.begin;
  const HeadRows &k = segment.k, &v = segment.v;
  with_dtype(segment.k_dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    dot_keys<dtype>(k.data, k.first + first * k.stride, k.stride, count, p.head_dim, row.q,
                    t.scores);
  });
  edit_row(p, t.block, row, t.parts, segment.is_new, begin, count, t.scores);
  float tile_sum;
  const float rescale = softmax_row(row, count, t.scores, &tile_sum);
  with_dtype(p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    add_values<dtype>(v.data, v.first + first * v.stride, v.stride, count, p.head_dim_v, t.scores,
                      rescale, row.out);
  });
  if (!p.v_bias || !segment.is_new) return;
  for (int64_t d = 0; d < p.head_dim_v; d++) {
    row.out[d] += tile_sum * load_scalar(p.v_bias, row.head * p.head_dim_v + d, p.dtype);
  }
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

void decode_task(const Problem& p, const TaskPlan& plan, int64_t task, char* scratch,
                 char* workspace) {
  const Block block = locate_block(p, plan, task);
  if (block.rows == 0) return;
  DecodeScratch s;
  lay_out(p, scratch, s);
  fill_rows(p, block, s.rows);
  DecodeRow rows[kDecodeRows];
  for (int64_t r = 0; r < block.rows; r++) rows[r] = start_row(p, block, s, r);
  const DecodeContext t{p, block, s.scores, all_parts(p)};
  for (int64_t key = block.key_begin; key < block.key_end && !cancelled(p);) {
    const Segment segment = segment_of(p, block, key);
    const int64_t end = min(key + kDecodeKeys, min(block.key_end, segment.end));
    for (int64_t r = 0; r < block.rows; r++) {
      const int64_t from = max(key, (int64_t)s.rows.key_begin[r]);
      const int64_t to = min(end, (int64_t)s.rows.key_end[r]);
      if (from < to) decode_tile(t, segment, from, to, rows[r]);
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
