// What the steps of one task share: the task itself, and what each register block of queries
// carries from tile to tile.
#pragma once
#include "kernel_scratch.h"
#include "row_table.h"

namespace attnkit::cpu {
namespace {

// Up to kQueries rows of a block, and what is carried from tile to tile for them.
struct SubBlock {
  int64_t first, count;
  RowSpan span;
  bool started;  // has met a tile
  const float *queries, *shift;
  float *row_max, *row_sum, *out;
};

// What a task is about; the same for all its tiles.
struct TaskContext {
  const Problem& p;
  const Block& block;
  Scratch& s;
  int by_key, by_pair;  // parts of the additions
  bool shifts;          // keys have a bias that softmax does not drop
  bool prefetch;        // short sequences: the processor's own prefetching starts too late
};

}  // namespace
}  // namespace attnkit::cpu
