// Which keys each row sees. Key lengths, causal, windows and masks of lengths are all one range of
// keys a row.
#pragma once
#include "kernel_scratch.h"
#include "mask_values.h"

namespace attnkit::cpu {
namespace {

struct Range {
  int64_t begin, end;
};

ATTNKIT_INLINE Range intersect(Range a, Range b) {
  const Range both{max(a.begin, b.begin), min(a.end, b.end)};
  return both.begin < both.end ? both : Range{a.begin, a.begin};
}

// The keys that key lengths, causal and windows let query `query` see.
ATTNKIT_INLINE Range seen_keys(const Problem& p, const Block& block, int64_t query) {
  Range all{0, block.open_keys};
  if (!p.causal && p.window_left < 0 && p.window_right < 0) return all;
  const int64_t offset = p.causal_offsets ? p.causal_offsets[block.batch] : p.causal_offset;
  const int64_t centre = query + offset;
  Range seen = all;
  if (p.causal) {
    seen.end = centre + 1;
  } else if (p.window_right >= 0) {
    seen.end = centre + p.window_right + 1;
  }
  if (p.window_left >= 0) seen.begin = centre - p.window_left;
  return intersect(all, seen);
}

// The keys that a mask of lengths keeps.
ATTNKIT_INLINE Range kept_keys(const Problem& p, const Block& block) {
  if (p.mask_kind != kMaskLengths && p.mask_kind != kMaskStartEnd) return {0, block.length_k};
  const int64_t begin = p.mask_kind == kMaskStartEnd ? p.lengths[p.batch + block.batch] : 0;
  return {clamp(begin, 0, block.length_k), clamp(p.lengths[block.batch], 0, block.length_k)};
}

ATTNKIT_INLINE void fill_row(const Problem& p, const Block& block, RowTable& t, int64_t r,
                             Range kept) {
  const Range seen = seen_keys(p, block, t.query[r]);
  Range keys = seen;
  bool ignores = false;
  if (p.mask_excludes && p.mask_kind == kMaskValues) {
    ignores = !p.empty_rows_zero &&
              !any_kept(p.mask, block.batch, t.head[r], t.query[r], seen.begin, seen.end);
  } else if (p.mask_excludes) {
    keys = intersect(seen, kept);
    ignores = !p.empty_rows_zero && keys.begin == keys.end;
    if (ignores) keys = seen;
  }
  t.seen_begin[r] = (int32_t)seen.begin;
  t.seen_end[r] = (int32_t)seen.end;
  t.key_begin[r] = (int32_t)keys.begin;
  t.key_end[r] = (int32_t)keys.end;
  t.ignores_mask[r] = ignores ? -1 : 0;
}

ATTNKIT_INLINE void fill_rows(const Problem& p, const Block& block, RowTable& t) {
  const Range kept = kept_keys(p, block);
  int64_t head = block.head + block.first_row / block.length_q;
  int64_t query = block.first_row % block.length_q;
  for (int64_t r = 0; r < block.rows; r++) {
    t.head[r] = (int32_t)head;
    t.query[r] = (int32_t)query;
    fill_row(p, block, t, r, kept);
    if (++query == block.length_q) query = 0, head++;
  }
}

// Over some rows: what every one of them sees, and what any of them does.
struct RowSpan {
  int64_t any_begin, any_end;
  int64_t all_begin, all_end;
  bool ignores_mask;
};

ATTNKIT_INLINE RowSpan span_rows(const RowTable& t, int64_t first, int64_t count) {
  RowSpan span{INT32_MAX, 0, 0, INT32_MAX, false};
  for (int64_t r = first; r < first + count; r++) {
    span.all_begin = max(span.all_begin, (int64_t)t.key_begin[r]);
    span.all_end = min(span.all_end, (int64_t)t.key_end[r]);
    span.ignores_mask |= t.ignores_mask[r] != 0;
    if (t.key_begin[r] == t.key_end[r]) continue;
    span.any_begin = min(span.any_begin, (int64_t)t.key_begin[r]);
    span.any_end = max(span.any_end, (int64_t)t.key_end[r]);
  }
  return span;
}

}  // namespace
}  // namespace attnkit::cpu
