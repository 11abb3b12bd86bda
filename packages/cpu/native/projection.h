// A matrix product as native code sees it: (tokens, input_width) × (input_width, width). Rows are
// contiguous and follow one another. Every address has been checked against its buffer.
#pragma once
#include "problem.h"

namespace attnkit::cpu {

struct Projection {
  int32_t dtype;  // of input, weights and product
  int64_t tokens, input_width, width;
  const char* input;
  const char* weights;
  const float* packed;  // the weights as pack_weights leaves them; null: read in place
  char* product;
  const int32_t* cancel;  // not null; looked at between blocks
};

// How a projection is cut into tasks. No result depends on it.
struct ProjectionPlan {
  int64_t tasks;
  int64_t row_blocks, block_rows;
  int64_t panels, task_panels;  // columns that a kernel works on at a time; of a task, at most
  bool copies_input;            // else its rows are read where they are
  size_t scratch_bytes;         // of each thread
  size_t packed_floats;         // of all weights, packed
};

}  // namespace attnkit::cpu
