// What happens to the scores of a block that some row of the tile sees in part.
#pragma once

#include "attnkit/visibility.cuh"
#include "kernels/hopper/row_softmax.cuh"

namespace attnkit::flash {

// Hides from a warpgroup's scores what its rows do not see; the accumulators' first element is at
// (first_row, first_key).
template <int kScores>
__device__ __forceinline__ void hide_unseen(float (&acc_s)[kScores], const Band& band, Range keys,
                                            int first_row, int first_key) {
  const int row = first_row + row_of_thread();
  const int key = first_key + fresh_thread_index() % 4 * 2;
  const Range seen[2] = {band.seen_by(row, keys), band.seen_by(row + 8, keys)};
  const int begin[2] = {seen[0].begin - key, seen[1].begin - key};
  const unsigned count[2] = {seen[0].size(), seen[1].size()};
#pragma unroll
  for (int i = 0; i < kScores; ++i) {
    const bool hidden = unsigned(column_of(i) - begin[row_of(i)]) >= count[row_of(i)];
    if (hidden) acc_s[i] = -INFINITY;
  }
}

// Does nothing for a scale of 0. In parts, each behind a branch of its own: the compiler
// interleaves what is in one, and the temporaries of all would not fit in registers.
template <int kScores>
__device__ __forceinline__ void apply_softcap(float (&acc_s)[kScores], float scale) {
  constexpr int kPart = 8;
#pragma unroll
  for (int part = 0; part < kScores; part += kPart) {
    asm volatile("" : "+f"(scale));
    if (scale == 0.0f) continue;
#pragma unroll
    for (int i = part; i < part + kPart && i < kScores; ++i) {
      acc_s[i] = tanh_of_log2(acc_s[i] * scale);
    }
  }
}

}  // namespace attnkit::flash
