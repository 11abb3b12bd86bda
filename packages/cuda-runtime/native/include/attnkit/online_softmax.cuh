// Softmax over keys that arrive block by block.
//
// Scores stay raw; `scale_log2` > 0 (scale times log2 e) is folded into one fused multiply-add
// before exp2. The running maximum is only raised when a row grew by more than 2^kSlack: until then
// probabilities may exceed 1, which neither float16 (up to 2^15) nor float32 sums mind, and the
// accumulated output needs no rescaling. (FlashAttention-4's lazy rescaling, Dao et al. 2025.)
#pragma once

#include "attnkit/fast_math.cuh"
#include "attnkit/mma_sync.cuh"

namespace attnkit {

// Combines a value over the four lanes that share a row of an m16n8 accumulator.
template <typename Combine>
__device__ __forceinline__ float reduce_row(float value, Combine combine) {
  value = combine(value, __shfl_xor_sync(~0u, value, 1));
  return combine(value, __shfl_xor_sync(~0u, value, 2));
}

// State of the rows that one thread holds: rows g and g + 8 of each of kMTiles m16 tiles.
template <int kMTiles>
class OnlineSoftmax {
  static constexpr float kSlack = 8.0f;  // in log2

 public:
  __device__ OnlineSoftmax(float scale_log2) : scale_log2_(scale_log2) {
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        row_max_[m][half] = -INFINITY;
        row_sum_[m][half] = 0.0f;
      }
    }
  }

  // Turns the scores of a block into probabilities, relative to the running maximum, and adds them
  // to the row sums. `acc_o`, the output so far, is rescaled where the maximum was raised.
  template <int kNTiles, int kOTiles>
  __device__ __forceinline__ void update(float (&acc_s)[kMTiles][kNTiles][4],
                                         float (&acc_o)[kMTiles][kOTiles][4]) {
    float block_max[kMTiles][2];
    bool grew = false;
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        block_max[m][half] = largest<kNTiles>(acc_s[m], half) * scale_log2_;
        grew |= block_max[m][half] > row_max_[m][half] + kSlack;
      }
    }
    if (__any_sync(~0u, grew)) raise_max(block_max, acc_o);
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) exponentiate<kNTiles>(acc_s[m], m, half);
    }
  }

  // Completes the row sums. Call once, after the last block.
  __device__ __forceinline__ void finish() {
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        row_sum_[m][half] = reduce_row(row_sum_[m][half], [](float a, float b) { return a + b; });
      }
    }
  }

  // Of a row, times scale_log2: what its probabilities are relative to.
  __device__ __forceinline__ float row_max(int m, int half) const { return row_max_[m][half]; }

  // Of all four lanes of a row once finish() was called.
  __device__ __forceinline__ float row_sum(int m, int half) const { return row_sum_[m][half]; }

  // What the output is multiplied by in the end: 0 for a row that saw no key.
  __device__ __forceinline__ float inverse_sum(int m, int half) const {
    const float sum = row_sum_[m][half];
    return sum == 0.0f ? 0.0f : fast_reciprocal(sum);
  }

  // Natural logarithm of the sum of exponentials: -inf for a row that saw no key.
  __device__ __forceinline__ float log_sum_exp(int m, int half) const {
    return (row_max_[m][half] + fast_log2(row_sum_[m][half])) * kLn2;
  }

 private:
  template <int kNTiles>
  __device__ __forceinline__ static float largest(const float (&acc_s)[kNTiles][4], int half) {
    float value = fmaxf(acc_s[0][half * 2], acc_s[0][half * 2 + 1]);
#pragma unroll
    for (int n = 1; n < kNTiles; ++n) {
      value = fmaxf(value, acc_s[n][half * 2]);
      value = fmaxf(value, acc_s[n][half * 2 + 1]);
    }
    return value;
  }

  // Out of the hot path: in a long sequence the maximum settles after the first blocks. A row
  // decides by itself, so that its result does not depend on its neighbours.
  template <int kOTiles>
  __device__ __forceinline__ void raise_max(const float (&block_max)[kMTiles][2],
                                            float (&acc_o)[kMTiles][kOTiles][4]) {
#pragma unroll
    for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const float candidate =
            reduce_row(block_max[m][half], [](float a, float b) { return fmaxf(a, b); });
        float& row_max = row_max_[m][half];
        const bool raise = candidate > row_max + kSlack;
        const float correction = raise ? fast_exp2(row_max - candidate) : 1.0f;
        row_max = raise ? candidate : row_max;
        row_sum_[m][half] *= correction;
#pragma unroll
        for (int n = 0; n < kOTiles; ++n) {
          acc_o[m][n][half * 2] *= correction;
          acc_o[m][n][half * 2 + 1] *= correction;
        }
      }
    }
  }

  template <int kNTiles>
  __device__ __forceinline__ void exponentiate(float (&acc_s)[kNTiles][4], int m, int half) {
    // -inf minus -inf is NaN: a row that has seen no key yet subtracts 0.
    const float shift = row_max_[m][half] == -INFINITY ? 0.0f : row_max_[m][half];
    float sum = row_sum_[m][half];
#pragma unroll
    for (int n = 0; n < kNTiles; ++n) {
#pragma unroll
      for (int i = half * 2; i < half * 2 + 2; ++i) {
        acc_s[n][i] = fast_exp2(fmaf(acc_s[n][i], scale_log2_, -shift));
        sum += acc_s[n][i];
      }
    }
    row_sum_[m][half] = sum;
  }

  float scale_log2_;
  float row_max_[kMTiles][2];  // times scale_log2
  float row_sum_[kMTiles][2];  // this thread's part
};

}  // namespace attnkit
