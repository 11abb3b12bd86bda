// What one task computes: some rows (queries of one head, or of all heads that share a key head)
// against some keys.
#pragma once
#include "../kernel_table.h"
#include "simd.h"

namespace attnkit::cpu {
namespace {

// Where the vectors of one (batch, head) begin, and how far apart they are, in elements.
struct HeadRows {
  const char* data;
  int64_t first, stride;
};

struct Block {
  int64_t index;  // of (unit, row block), over the call
  int64_t split;
  int64_t batch, head, head_kv;  // `head`: of row 0 of the unit
  int64_t first_row, rows;       // of the unit
  int64_t length_q, length_k;    // of this sequence; past included
  int64_t past;                  // keys in front of the new ones
  int64_t open_keys;             // keys before the key length
  int64_t token_q, token_k;      // varlen: where this sequence begins
  int64_t key_begin, key_end;    // of this split
};

ATTNKIT_INLINE int64_t clamp(int64_t x, int64_t low, int64_t high) {
  return max(low, min(x, high));
}

// The tokens of sequence `batch` by its cumulative lengths. Any values at all give a range inside.
ATTNKIT_INLINE int64_t sequence(const int32_t* cumulative, int64_t batch, int64_t tokens,
                                int64_t longest, int64_t* first) {
  *first = clamp(cumulative[batch], 0, tokens);
  return clamp(cumulative[batch + 1] - *first, 0, min(longest, tokens - *first));
}

// Keys of the past of one batch entry, and how many its key length leaves of `length_k`.
ATTNKIT_INLINE int64_t past_keys(const Problem& p, int64_t batch) {
  return p.past_lengths ? clamp(p.past_lengths[batch], 0, p.past_length) : p.past_length;
}
ATTNKIT_INLINE int64_t open_keys(const Problem& p, int64_t batch, int64_t length_k) {
  return clamp(p.key_lengths ? p.key_lengths[batch] : p.key_length, 0, length_k);
}

ATTNKIT_INLINE int64_t unit_rows(const Problem& p, bool packed, int64_t length_q) {
  return packed ? length_q * (p.heads / p.heads_kv) : length_q;
}

// Block `index` of a sequence's rows: the same number of steps in each as far as that goes, then
// the steps of the tail one by one. From the end where causal makes the last rows the longest.
ATTNKIT_INLINE void cut_rows(const TaskPlan& plan, int64_t rows, int64_t tail, int64_t index,
                             bool from_end, Block& block) {
  const int64_t steps = ceil_div(rows, plan.row_step), body = max(steps - tail, 0);
  const int64_t blocks = ceil_div(body * plan.row_step, plan.block_rows);
  int64_t first = body + index - blocks, end = first + 1;
  if (index < blocks) first = body * index / blocks, end = body * (index + 1) / blocks;
  if (end > steps) return;
  if (from_end) {
    const int64_t swapped = steps - first;
    first = steps - end, end = swapped;
  }
  block.first_row = first * plan.row_step;
  block.rows = min(end * plan.row_step, rows) - block.first_row;
}

// `task` counts attention tasks alone. No rows: nothing to do.
ATTNKIT_INLINE Block locate_block(const Problem& p, const TaskPlan& plan, int64_t task) {
  Block block{};
  block.split = task % plan.splits;
  block.index = task / plan.splits;
  // The last unit of all has the tail's blocks on top.
  const int64_t last = p.batch * plan.units - 1, nth = min(block.index / plan.row_blocks, last);
  const int64_t unit = nth % plan.units, tail = nth == last ? plan.tail_steps : 0;
  block.batch = nth / plan.units;
  const int64_t group = p.heads / p.heads_kv;
  block.head = plan.packed ? unit * group : unit;
  block.head_kv = plan.packed ? unit : unit / group;
  block.length_q = p.seqlen_q;
  block.past = past_keys(p, block.batch);
  block.length_k = block.past + p.seqlen_k - p.past_length;
  if (p.cu_seqlens_q) {
    block.length_q = sequence(p.cu_seqlens_q, block.batch, p.tokens_q, p.seqlen_q, &block.token_q);
    block.length_k = sequence(p.cu_seqlens_k, block.batch, p.tokens_k, p.seqlen_k, &block.token_k);
  }
  block.open_keys = open_keys(p, block.batch, block.length_k);
  if (!p.qk) block.length_k = block.open_keys;  // else the scores of those behind are shown
  cut_rows(plan, unit_rows(p, plan.packed, block.length_q), tail,
           block.index - nth * plan.row_blocks, p.causal, block);
  block.key_begin = min(block.split * plan.split_keys, block.length_k);
  block.key_end = min(block.key_begin + plan.split_keys, block.length_k);
  return block;
}

ATTNKIT_INLINE HeadRows head_rows(const HeadView& view, int64_t batch, int64_t token,
                                  int64_t head) {
  return {view.data, batch * view.batch_stride + token * view.seq_stride + head * view.head_stride,
          view.seq_stride};
}

// Keys [begin, end) that lie in one tensor: those of the past, or the new ones.
struct Segment {
  HeadRows k, v;
  int64_t begin, end;
  bool is_new;
  int32_t k_dtype;
};

ATTNKIT_INLINE Segment segment_of(const Problem& p, const Block& block, int64_t key) {
  if (key < block.past) {
    return {head_rows(p.past_key, block.batch, 0, block.head_kv),
            head_rows(p.past_value, block.batch, 0, block.head_kv),
            0,
            block.past,
            false,
            p.dtype};
  }
  return {head_rows(p.k, block.batch, block.token_k, block.head_kv),
          head_rows(p.v, block.batch, block.token_k, block.head_kv),
          block.past,
          block.length_k,
          true,
          p.qk_dtype};
}

ATTNKIT_INLINE bool cancelled(const Problem& p) {
  return __atomic_load_n(p.cancel, __ATOMIC_RELAXED) != 0;
}

}  // namespace
}  // namespace attnkit::cpu
