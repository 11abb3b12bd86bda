// Softmax of the two rows that a thread holds of a warpgroup's m64 tile, block of keys by block.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cfloat>

#include "attnkit/fast_math.cuh"
#include "attnkit/online_softmax.cuh"
#include "attnkit/range.h"
#include "attnkit/thread_index.cuh"
#include "kernels/hopper/cut_bits.cuh"

namespace attnkit::flash {

// Which of a thread's two rows element i of an accumulator belongs to.
__device__ __forceinline__ constexpr int row_of(int i) { return i / 2 % 2; }
// Its column, counted from the thread's first.
__device__ __forceinline__ constexpr int column_of(int i) { return i / 4 * 8 + i % 2; }

// The first of the two rows that this thread holds of the tile's 64; the other is 8 below.
__device__ __forceinline__ int row_of_thread() {
  const int thread = fresh_thread_index() % 128;
  return thread / 32 * 16 + thread % 32 / 4;
}

// Up to which sum of probabilities none of them can have become infinite by rounding to Element:
// rounded afterwards, or before the sum was taken. For bfloat16 the product with the values is the
// limit.
template <typename Element, bool kRoundedAfterwards>
struct LargestSum {
  static constexpr float value = kRoundedAfterwards ? 60000.0f : FLT_MAX;
};
template <bool kRoundedAfterwards>
struct LargestSum<__nv_bfloat16, kRoundedAfterwards> {
  static constexpr float value = 1e12f;
};

// The running maximum is only raised when a row grew by more than 2^kSlack (FlashAttention-4's lazy
// rescaling, Dao et al. 2025): as long as it is not, the output needs no correction. The more it
// may grow, the more is lost where one key outweighs the others.
//
// kPolynomialOf16 of every 16 exponentials are computed by a polynomial. Without kOwnSums, sums
// come from outside, by take_sums().
template <typename Element, bool kOwnSums, int kPolynomialOf16>
class RowSoftmax {
  static constexpr float kSlack = 1.0f;  // in log2

 public:
  // `exact_sums`: own sums are of probabilities as they are before they are rounded.
  __device__ explicit RowSoftmax(bool exact_sums) : cut_(!exact_sums) { reset(); }

  __device__ __forceinline__ void reset() {
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      row_max_[row] = -INFINITY;
      row_sum_[row] = 0.0f;
    }
  }

  // Turns scores, times `scale_log2`, into probabilities relative to the running maximum and adds
  // them to the sums. `largest_sum()` is asked for when the maximum is raised: a sum that has come
  // to it stays infinite, as the output may be. Returns whether any row of the warp has to be
  // corrected by correct() once its products are done.
  template <int kScores, typename LargestSumOf>
  __device__ __forceinline__ bool update(float (&acc_s)[kScores], float scale_log2,
                                         LargestSumOf largest_sum) {
    float block_max[2] = {acc_s[0], acc_s[2]};
#pragma unroll
    for (int i = 0; i < kScores; ++i) {
      if (i != 0 && i != 2) block_max[row_of(i)] = fmaxf(block_max[row_of(i)], acc_s[i]);
    }
    bool grew = false;
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      block_max[row] *= scale_log2;
      grew |= block_max[row] > row_max_[row] + kSlack;
    }
    const bool raised = __any_sync(~0u, grew);
    if (raised) raise_max(block_max, largest_sum());
    // -inf minus -inf is NaN: a row that has seen no key yet subtracts 0.
    const float shift[2] = {row_max_[0] == -INFINITY ? 0.0f : row_max_[0],
                            row_max_[1] == -INFINITY ? 0.0f : row_max_[1]};
    exponentiate<false>(acc_s, scale_log2, shift);
    return raised;
  }

  // As update(), but relative to the maximum that the rows have, whatever the scores are. A row
  // whose maximum is still -inf becomes infinite.
  template <int kScores>
  __device__ __forceinline__ void update_unchecked(float (&acc_s)[kScores], float scale_log2) {
    const float bias = kOwnSums ? cut_.bias() : 0.0f;
    const float shift[2] = {row_max_[0] - bias, row_max_[1] - bias};
    exponentiate<true>(acc_s, scale_log2, shift);
  }

  // The sums of the rows' probabilities, rounded as they are multiplied with the values.
  __device__ __forceinline__ void take_sums(float first, float second) {
    row_sum_[0] = first;
    row_sum_[1] = second;
  }

  // Whether a probability of the row may have been too large for Element. Call before finish().
  __device__ __forceinline__ bool overflowed(int row) const {
    return !(row_sum_[row] < LargestSum<Element, kOwnSums>::value);  // NaN too
  }

  // Scales the output, and sums that are part of it, where the maximum was raised.
  template <int kOutputs>
  __device__ __forceinline__ void correct(float (&acc_o)[kOutputs]) const {
#pragma unroll
    for (int i = 0; i < kOutputs; ++i) acc_o[i] *= correction_[row_of(i)];
  }

  // Completes the sums. Call once, after a tile's last block.
  __device__ __forceinline__ void finish() {
    if constexpr (kOwnSums) {
#pragma unroll
      for (int row = 0; row < 2; ++row) {
        row_sum_[row] = reduce_row(row_sum_[row], [](float a, float b) { return a + b; });
      }
    }
  }

  // What the output is multiplied by in the end: 0 for a row that saw no key.
  __device__ __forceinline__ float inverse_sum(int row) const {
    return row_sum_[row] == 0.0f ? 0.0f : fast_reciprocal(row_sum_[row]);
  }

  // Natural logarithm of the sum of exponentials: -inf for a row that saw no key.
  __device__ __forceinline__ float log_sum_exp(int row) const {
    return (row_max_[row] + fast_log2(row_sum_[row])) * kLn2;
  }

 private:
  // A row decides by itself, so that its result does not depend on its neighbours.
  __device__ __forceinline__ void raise_max(const float (&block_max)[2], float largest_sum) {
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      const float candidate =
          reduce_row(block_max[row], [](float a, float b) { return fmaxf(a, b); });
      const bool raise = candidate > row_max_[row] + kSlack;
      correction_[row] = raise ? fast_exp2(row_max_[row] - candidate) : 1.0f;
      row_max_[row] = raise ? candidate : row_max_[row];
      if constexpr (kOwnSums) {
        row_sum_[row] = row_sum_[row] >= largest_sum ? INFINITY : row_sum_[row] * correction_[row];
      }
    }
  }

  template <bool kUnbounded, int kScores>
  __device__ __forceinline__ void exponentiate(float (&acc_s)[kScores], float scale_log2,
                                               const float (&shift)[2]) {
#pragma unroll
    for (int i = 0; i < kScores; ++i) {
      const float exponent = fmaf(acc_s[i], scale_log2, -shift[row_of(i)]);
      acc_s[i] = is_by_polynomial(i) ? polynomial_exp2<kUnbounded>(exponent) : fast_exp2(exponent);
      if constexpr (kOwnSums && kUnbounded) acc_s[i] = cut_(acc_s[i]);
      if constexpr (kOwnSums) row_sum_[row_of(i)] += acc_s[i];
    }
  }

  // Spread evenly, so that both units always have work.
  __device__ __forceinline__ static constexpr bool is_by_polynomial(int i) {
    return i / 2 * kPolynomialOf16 % 16 + kPolynomialOf16 > 15;
  }

  CutBits<Element> cut_;
  float row_max_[2];  // times scale_log2
  float row_sum_[2];  // this thread's part
  float correction_[2];
};

// Whether this thread's part of one of `rows` has overflowed; the warpgroup's first is `first_row`.
template <typename Softmax>
__device__ __forceinline__ bool have_overflowed(const Softmax& softmax, Range rows, int first_row) {
  const int row = first_row + row_of_thread();
  return (rows.contains(row) && softmax.overflowed(0)) ||
         (rows.contains(row + 8) && softmax.overflowed(1));
}

}  // namespace attnkit::flash
