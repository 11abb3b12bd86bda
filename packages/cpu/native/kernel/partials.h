// Rows whose keys are split over several tasks: each task leaves its maximum, sum and weighted
// values, and the last one to come adds them up, always in the order of the keys.
#pragma once
#include "finish_row.h"
#include "kernel_scratch.h"

namespace attnkit::cpu {
namespace {

// One row of one split: [maximum, sum, values …].
ATTNKIT_INLINE int64_t partial_width(const Problem& p) {
  return kLanes + round_up(p.head_dim_v, kLanes);
}

ATTNKIT_INLINE float* partial_row(const Problem& p, const TaskPlan& plan, char* workspace,
                                  const Block& block, int64_t split, int64_t row) {
  float* all = reinterpret_cast<float*>(workspace + plan.counter_bytes);
  return all + ((block.index * plan.splits + split) * plan.block_rows + row) * partial_width(p);
}

ATTNKIT_INLINE void merge_row(const Problem& p, const TaskPlan& plan, char* workspace,
                              const Block& block, const RowTable& rows, int64_t row,
                              float* values) {
  const int64_t width = round_up(p.head_dim_v, kLanes);
  float largest = -kInfinity, sum = 0;
  for (int64_t split = 0; split < plan.splits; split++) {
    largest = max(partial_row(p, plan, workspace, block, split, row)[0], largest);
  }
  const float offset = largest == -kInfinity ? 0.0f : largest;
  for (int64_t d = 0; d < width; d += kLanes) store(values + d, Vec{});
  for (int64_t split = 0; split < plan.splits; split++) {
    const float* part = partial_row(p, plan, workspace, block, split, row);
    const float factor = exp2(part[0] - offset);
    if (factor == 0.0f) continue;
    sum += part[1] * factor;
    for (int64_t d = 0; d < width; d += kLanes) {
      store(values + d, load(values + d) + load(part + kLanes + d) * factor);
    }
  }
  store_row(p, block, rows.head[row], rows.query[row], values, largest, sum);
}

// Call after this split's rows are in the workspace. `values`: room for one row.
ATTNKIT_INLINE void merge_if_last(const Problem& p, const TaskPlan& plan, char* workspace,
                                  const Block& block, const RowTable& rows, float* values) {
  int32_t* done = reinterpret_cast<int32_t*>(workspace) + block.index;
  if (__atomic_add_fetch(done, 1, __ATOMIC_ACQ_REL) != plan.splits) return;
  for (int64_t row = 0; row < block.rows; row++) {
    merge_row(p, plan, workspace, block, rows, row, values);
  }
}

}  // namespace
}  // namespace attnkit::cpu
