// Keys and values of this call, with their bias, behind those of the past: the present outputs.
#pragma once
#include "block.h"
#include "convert.h"

namespace attnkit::cpu {
namespace {

constexpr int64_t kAppendRows = 512;  // of one task

ATTNKIT_INLINE void copy_bytes(char* to, const char* from, int64_t bytes) {
  typedef uint8_t Bytes __attribute__((vector_size(16), aligned(1), may_alias));
  int64_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    *reinterpret_cast<Bytes*>(to + i) = *reinterpret_cast<const Bytes*>(from + i);
  }
  for (; i < bytes; i++) to[i] = from[i];
}

// Where the rows of one head of a present tensor come from.
struct Append {
  HeadView past, added, present;
  const char* bias;  // of the whole tensor, or null
  int32_t dtype;     // of the new rows
  int64_t width;
  int64_t past_rows;
};

// A present that is the past has its rows already.
ATTNKIT_INLINE bool in_place(const HeadView& past, const HeadView& present) {
  return past.data == present.data;
}

// Tasks for one head: of the rows that there are at most.
ATTNKIT_INLINE int64_t append_chunks(const Problem& p) {
  const bool all = !in_place(p.past_key, p.present_key) || !in_place(p.past_value, p.present_value);
  return ceil_div(all ? p.seqlen_k : p.seqlen_k - p.past_length, kAppendRows);
}

ATTNKIT_INLINE int64_t row_index(const HeadView& view, int64_t batch, int64_t row, int64_t head) {
  return batch * view.batch_stride + row * view.seq_stride + head * view.head_stride;
}

ATTNKIT_INLINE void append_row(const Problem& p, const Append& a, int64_t batch, int64_t head,
                               int64_t row) {
  const int64_t bytes = dtype_bytes(p.dtype), to = row_index(a.present, batch, row, head);
  const bool is_past = row < a.past_rows;
  const HeadView& source = is_past ? a.past : a.added;
  const int64_t from = row_index(source, batch, is_past ? row : row - a.past_rows, head);
  if (is_past || (!a.bias && a.dtype == p.dtype)) {
    copy_bytes(a.present.data + to * bytes, source.data + from * bytes, a.width * bytes);
    return;
  }
  for (int64_t d = 0; d < a.width; d += kLanes) {
    const int64_t left = a.width - d;
    Vec x = load_as_float(source.data, from + d, a.dtype, left);
    if (a.bias) x += load_as_float(a.bias, head * a.width + d, p.dtype, left);
    store_as(a.present.data, to + d, p.dtype, x, left);
  }
}

void append_task(const Problem& p, const TaskPlan& plan, int64_t task) {
  const int64_t chunk = task % plan.append_chunks;
  const bool values = task / plan.append_chunks % 2;
  const int64_t pair = task / plan.append_chunks / 2;
  const int64_t batch = pair / p.heads_kv, head = pair % p.heads_kv;
  const int64_t past = past_keys(p, batch);
  const Append a =
      values ? Append{p.past_value, p.v, p.present_value, p.v_bias, p.dtype, p.head_dim_v, past}
             : Append{p.past_key, p.k, p.present_key, p.k_bias, p.qk_dtype, p.head_dim, past};
  const int64_t first = (in_place(a.past, a.present) ? past : 0) + chunk * kAppendRows;
  const int64_t end = min(first + kAppendRows, past + p.seqlen_k - p.past_length);
  for (int64_t row = first; row < end; row++) append_row(p, a, batch, head, row);
}

}  // namespace
}  // namespace attnkit::cpu
