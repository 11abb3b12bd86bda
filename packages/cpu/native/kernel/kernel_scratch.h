// Memory of one thread for one task, cut from a single piece. Nothing in it grows with the lengths.
#pragma once
#include "block.h"

namespace attnkit::cpu {
namespace {

constexpr int64_t kTileKeys = 128;    // keys of a tile: its scores fill half of a first-level cache
constexpr int64_t kDecodeKeys = 256;  // keys of a tile when rows are taken one at a time
constexpr int64_t kDecodeColumns = kDecodeKeys + kLanes;  // of a row of its scores
constexpr int64_t kDecodeRows = 4;                        // rows of a unit up to which they are

// Hands out aligned pieces; with a null base it only counts.
struct Arena {
  char* base;
  size_t used = 0;
  template <class T>
  T* take(int64_t count) {
    T* p = reinterpret_cast<T*>(base + used);
    used += (size_t)round_up(count * (int64_t)sizeof(T), 64);
    return p;
  }
};

// One entry a row of the block.
struct RowTable {
  int32_t *head, *query;
  int32_t *seen_begin, *seen_end;  // keys that key lengths, causal and windows allow
  int32_t *key_begin, *key_end;    // and that a mask of lengths keeps
  int32_t* ignores_mask;           // -1: no key is kept, so the mask does not hold for this row
};

struct Scratch {
  RowTable rows;
  float* scores;  // [tile][columns], transposed: a key's scores are contiguous
  float *key_tile, *value_tile;
  float *key_bias, *key_mask;  // what is added to all scores of a key
  float *row_max, *row_sum, *shift;
  float *queries, *out;  // transposed, by register blocks
};

ATTNKIT_INLINE RowTable take_rows(Arena& arena, int64_t rows) {
  RowTable t;
  int32_t** const columns[] = {&t.head,      &t.query,   &t.seen_begin,  &t.seen_end,
                               &t.key_begin, &t.key_end, &t.ignores_mask};
  for (int32_t** column : columns) *column = arena.take<int32_t>(rows);
  return t;
}

// `columns`: rows of a block, rounded up to whole vectors.
ATTNKIT_INLINE size_t lay_out(const Problem& p, int64_t columns, char* base, Scratch& s) {
  Arena arena{base};
  s.rows = take_rows(arena, columns);
  s.scores = arena.take<float>(kTileKeys * kQueries);
  const int64_t width = round_up(p.head_dim, kLanes), width_v = round_up(p.head_dim_v, kLanes);
  s.key_tile = arena.take<float>(kTileKeys * max(width, width_v));
  s.value_tile = arena.take<float>(kTileKeys * width_v);
  s.key_bias = arena.take<float>(kTileKeys + kLanes);
  s.key_mask = arena.take<float>(kTileKeys + kLanes);
  s.row_max = arena.take<float>(columns);
  s.row_sum = arena.take<float>(columns);
  s.shift = arena.take<float>(columns);
  s.queries = arena.take<float>(columns * p.head_dim);
  s.out = arena.take<float>(columns * p.head_dim_v);
  return arena.used;
}

struct DecodeScratch {
  RowTable rows;
  float* scores;         // [row][kDecodeColumns]
  float *queries, *out;  // [row][head dim, in whole vectors]
  float *row_max, *row_sum, *shift;
};

ATTNKIT_INLINE size_t lay_out(const Problem& p, char* base, DecodeScratch& s) {
  Arena arena{base};
  s.rows = take_rows(arena, kDecodeRows);
  s.scores = arena.take<float>(kDecodeRows * kDecodeColumns);
  s.queries = arena.take<float>(kDecodeRows * round_up(p.head_dim, kLanes));
  s.out = arena.take<float>(kDecodeRows * round_up(p.head_dim_v, kLanes));
  s.row_max = arena.take<float>(kDecodeRows);
  s.row_sum = arena.take<float>(kDecodeRows);
  s.shift = arena.take<float>(kDecodeRows);
  return arena.used;
}

}  // namespace
}  // namespace attnkit::cpu
