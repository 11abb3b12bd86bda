// Results over parts of a row's keys, and how they become one: each counts by the share that its
// sum of exponentials has in the sum of all.
#pragma once

#include <cstdint>

#include "attnkit/fast_math.cuh"
#include "kernels/tile_problem.cuh"
#include "params.h"

namespace attnkit::flash {

// 2^(value - largest); nothing that is -inf counts, not even where all are.
__device__ __forceinline__ float weight_of(float value, float largest) {
  return value == -INFINITY ? 0.0f : fast_exp2(value - largest);
}

// By what a weighted sum is divided: 0 for a row that saw no key.
__device__ __forceinline__ float inverse_of(float sum) {
  return sum == 0.0f ? 0.0f : fast_reciprocal(sum);
}

// The workspace of a launch whose splits are not clusters, float32: outputs (rows, splits,
// head_dim_v), each divided by its sum, then base-2 logarithms of the sums (rows, splits). A row is
// (batch, head, query); splits without keys have -inf and zeros.
class PartialRows {
 public:
  __device__ explicit PartialRows(const FlashParams& params)
      : splits_(params.num_splits),
        columns_(params.head_dim_v),
        outputs_(device_pointer<float>(params.workspace)),
        log_sums_(outputs_ + int64_t(params.batch) * params.num_heads * params.seqlen_q *
                                 params.num_splits * params.head_dim_v) {}

  __device__ __forceinline__ float* output(int64_t row, int split) const {
    return outputs_ + (row * splits_ + split) * columns_;
  }
  __device__ __forceinline__ float* log_sum(int64_t row, int split) const {
    return log_sums_ + row * splits_ + split;
  }

 private:
  int splits_;
  int columns_;
  float* outputs_;
  float* log_sums_;
};

}  // namespace attnkit::flash
