// Queries in the lanes: S^T = K·Q^T and O^T += V^T·P^T, tile by tile over the keys of a block.
#pragma once
#include "partials.h"
#include "tile_step.h"

namespace attnkit::cpu {
namespace {

constexpr int64_t kMaxSubBlocks = 12;  // that share one reading of the keys and values

struct SubBlocks {
  SubBlock all[kMaxSubBlocks];
  int64_t count;
};

ATTNKIT_INLINE SubBlocks make_sub_blocks(const TaskContext& t) {
  const Problem& p = t.p;
  SubBlocks subs;
  subs.count = 0;
  for (int64_t first = 0; first < t.block.rows; first += kQueries) {
    SubBlock& sub = subs.all[subs.count++];
    sub.started = false;
    sub.first = first;
    sub.count = min(kQueries, t.block.rows - first);
    sub.span = span_rows(t.s.rows, first, sub.count);
    float* queries = t.s.queries + first * p.head_dim;
    if constexpr (kHasDots) {
      if (uses_dots(p)) load_query_pairs(p, t.block, t.s.rows, first, sub.count, queries);
    }
    if (!uses_dots(p)) {
      with_dtype(p.qk_dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
        load_queries<dtype>(p, t.block, t.s.rows, first, sub.count, queries);
      });
    }
    sub.queries = queries;
    sub.shift = t.s.shift + first;
    if (t.shifts) find_shifts(p, t.s.rows, first, sub.count, queries, t.s.shift + first);
    sub.row_max = t.s.row_max + first;
    sub.row_sum = t.s.row_sum + first;
    sub.out = t.s.out + first * p.head_dim_v;
  }
  return subs;
}

// The keys that any row of the block may see; all of them when every score is shown.
ATTNKIT_INLINE Range block_keys(const TaskContext& t, const SubBlocks& subs) {
  if (t.p.qk) return {t.block.key_begin, t.block.key_end};
  Range keys{t.block.key_end, t.block.key_begin};
  for (int64_t i = 0; i < subs.count; i++) {
    keys.begin = min(keys.begin, subs.all[i].span.any_begin);
    keys.end = max(keys.end, subs.all[i].span.any_end);
  }
  return {max(keys.begin, t.block.key_begin), min(keys.end, t.block.key_end)};
}

// How many keys of the tile this sub-block has to look at.
ATTNKIT_INLINE int64_t keys_for(const TaskContext& t, const SubBlock& sub, const KeyTile& tile) {
  if (t.p.qk) return tile.count;
  if (tile.masks_all && t.p.mask_excludes && !sub.span.ignores_mask) return 0;
  if (tile.begin + tile.count <= sub.span.any_begin) return 0;
  return min(tile.count, sub.span.any_end - tile.begin);
}

// f(vectors of queries in the sub-block, whether products go by pairs), as constants.
template <class F>
ATTNKIT_INLINE void with_form(const Problem& p, const SubBlock& sub, const F& f) {
  with_count<kVectors>(ceil_div(sub.count, kLanes), [&](auto v) ATTNKIT_INLINE_LAMBDA {
    if constexpr (kHasDots) {
      if (uses_dots(p)) return f(v, Constant<true>{});
    }
    f(v, Constant<false>{});
  });
}

ATTNKIT_INLINE void run_tiles(const TaskContext& t, SubBlocks& subs) {
  const Range keys = block_keys(t, subs);
  for (int64_t key = keys.begin; key < keys.end && !cancelled(t.p);) {
    KeyTile tile = fetch_tile(t.p, t.block, t.by_key, key, keys.end, t.s);
    for (int64_t i = 0; i < subs.count; i++) {
      SubBlock& sub = subs.all[i];
      const int64_t count = keys_for(t, sub, tile);
      if (count <= 0) continue;
      with_form(t.p, sub, [&](auto v, auto dots) ATTNKIT_INLINE_LAMBDA {
        step<v, dots>(t, sub, tile, count);
      });
    }
    key += tile.count;
  }
}

// Rows that met no tile have seen no key.
ATTNKIT_INLINE void settle(const Problem& p, SubBlock& sub) {
  if (sub.started) return;
  const int64_t columns = round_up(sub.count, kLanes);
  for (int64_t g = 0; g < columns; g += kLanes) {
    store(sub.row_max + g, splat(-kInfinity));
    store(sub.row_sum + g, Vec{});
  }
  for (int64_t i = 0; i < columns * p.head_dim_v; i += kLanes) store(sub.out + i, Vec{});
}

// Hands out a sub-block's result by rows, each multiplied by its factor: `begin(g, count)` for each
// group of rows, then f(row of the group, element, vector of the head's elements).
template <class Begin, class F>
ATTNKIT_INLINE void for_each_row(const Problem& p, const SubBlock& sub, const float* factor,
                                 const Begin& begin, const F& f) {
  const int64_t columns = round_up(sub.count, kLanes);
  for (int64_t g = 0; g < sub.count; g += kLanes) {
    const int64_t count = min(kLanes, sub.count - g);
    const Vec by = load(factor + g);
    begin(sub.first + g, count);
    for (int64_t d = 0; d < p.head_dim_v; d += kLanes) {
      const int64_t left = p.head_dim_v - d;
      const float* out = sub.out + d * columns + g;
      Vec square[kLanes];
      unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
        const Vec x = i < left ? load(out + i * columns) : Vec{};
        square[i] = by == 0.0f ? Vec{} : x * by;
      });
      transpose(square);
      unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
        if (i < count) f(i, d, square[i]);
      });
    }
  }
}

// Turns each row's sum into the factor of its result.
ATTNKIT_INLINE void find_factors(const TaskContext& t, const SubBlock& sub) {
  const RowTable& rows = t.s.rows;
  const int64_t columns = round_up(sub.count, kLanes);
  for (int64_t r = 0; r < columns; r++) {
    const int64_t row = sub.first + r;
    sub.row_sum[r] = r < sub.count ? finish_sum(t.p, t.block, rows.head[row], rows.query[row],
                                                sub.row_max[r], sub.row_sum[r])
                                   : 0.0f;
  }
}

template <int D>
__attribute__((noinline)) void store_rows(const TaskContext& t, const SubBlock& sub) {
  const RowTable& rows = t.s.rows;
  int64_t to[kLanes];
  const auto begin = [&](int64_t first, int64_t count) ATTNKIT_INLINE_LAMBDA {
    for (int64_t i = 0; i < count; i++) {
      to[i] = output_index(t.p, t.block, rows.head[first + i], rows.query[first + i]);
    }
  };
  for_each_row(t.p, sub, sub.row_sum, begin, [&](int i, int64_t d, Vec x) ATTNKIT_INLINE_LAMBDA {
    store_as(t.p.out.data, to[i] + d, D, x, t.p.head_dim_v - d);
  });
}

ATTNKIT_INLINE void store_block(const TaskContext& t, SubBlocks& subs) {
  for (int64_t i = 0; i < subs.count; i++) {
    SubBlock& sub = subs.all[i];
    settle(t.p, sub);
    find_factors(t, sub);
    with_dtype(t.p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA { store_rows<dtype>(t, sub); });
  }
}

ATTNKIT_INLINE void store_partials(const TaskContext& t, const TaskPlan& plan, char* workspace,
                                   SubBlocks& subs) {
  for (int64_t i = 0; i < subs.count; i++) {
    SubBlock& sub = subs.all[i];
    settle(t.p, sub);
    for (int64_t r = 0; r < kQueries; r++) t.s.shift[r] = 1.0f;
    const auto row_at = [&](int64_t row) ATTNKIT_INLINE_LAMBDA {
      return partial_row(t.p, plan, workspace, t.block, t.block.split, row);
    };
    for (int64_t r = 0; r < sub.count; r++) {
      row_at(sub.first + r)[0] = sub.row_max[r];
      row_at(sub.first + r)[1] = sub.row_sum[r];
    }
    int64_t from = 0;
    const auto begin = [&](int64_t first, int64_t) ATTNKIT_INLINE_LAMBDA { from = first; };
    for_each_row(t.p, sub, t.s.shift, begin, [&](int i, int64_t d, Vec x) ATTNKIT_INLINE_LAMBDA {
      store(row_at(from + i) + kLanes + d, x);
    });
  }
  merge_if_last(t.p, plan, workspace, t.block, t.s.rows, t.s.out);
}

ATTNKIT_INLINE void show_all_probabilities(const TaskContext& t, SubBlocks& subs) {
  for (int64_t key = 0; key < t.block.length_k && !cancelled(t.p);) {
    const KeyTile tile = fetch_tile(t.p, t.block, t.by_key, key, t.block.length_k, t.s);
    for (int64_t i = 0; i < subs.count; i++) {
      const SubBlock& sub = subs.all[i];
      with_form(t.p, sub, [&](auto v, auto dots) ATTNKIT_INLINE_LAMBDA {
        show_probabilities<v, dots>(t, sub, tile, tile.count, sub.row_sum);
      });
    }
    key += tile.count;
  }
}

void attention_task(const Problem& p, const TaskPlan& plan, int64_t task, char* scratch,
                    char* workspace) {
  const Block block = locate_block(p, plan, task);
  if (block.rows == 0) return;
  Scratch s;
  lay_out(p, plan.block_rows, scratch, s);
  fill_rows(p, block, s.rows);
  const int by_key = key_parts(p, plan.packed);
  const TaskContext t{
      p, block, s, by_key, all_parts(p) & ~by_key, needs_key_shift(p), p.seqlen_k <= 1024};
  SubBlocks subs = make_sub_blocks(t);
  run_tiles(t, subs);
  if (plan.splits > 1) return store_partials(t, plan, workspace, subs);
  store_block(t, subs);
  if (p.qk_output == kQkProbabilities) show_all_probabilities(t, subs);
  if (p.qk) show_missing_keys(p, block, s.rows);
}

}  // namespace
}  // namespace attnkit::cpu
