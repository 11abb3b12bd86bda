// The numbers of a problem as JavaScript packs them, in the order of pack-problem.ts.
#pragma once
#include <vector>

#include "../problem.h"
#include "call_error.h"

namespace attnkit::cpu {

struct HeadNumbers {
  int64_t offset, batch_stride, seq_stride, head_stride;
};

struct ScoreNumbers {
  int32_t dtype;
  int64_t offset, batch_stride, head_stride, row_stride;
};

// A problem but for its addresses: `problem` has its scalars, and null where tensors go. Must live
// as long as the problems that are bound from it.
struct ProblemValues {
  Problem problem{};
  bool varlen, causal_per_batch, key_lengths_per_batch;
  HeadNumbers q, k, v, out;
  bool has_mask_view, has_bias, q_bias, k_bias, v_bias;
  ScoreNumbers mask, bias;
  bool has_past, past_per_batch, cache_stacked, present, lse;
  int64_t past_rows, present_rows;
  bool has_norm, has_rotary_tables, has_positions;
  std::vector<double> frequencies;  // of a rotary embedding without tables
};

// Fails when there are too few or too many numbers, or any is out of its range.
ProblemValues read_problem(const double* values, size_t count);

}  // namespace attnkit::cpu
