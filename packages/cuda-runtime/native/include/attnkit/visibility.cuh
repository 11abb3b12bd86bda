// Which keys a query sees: causal, windows and a key range, all of them one interval for each
// query.
#pragma once

#include <cstdint>

#include "attnkit/range.h"
#include "attnkit/thread_index.cuh"

namespace attnkit {

// No position is larger, and the sum of two and one more still fits in an int.
inline constexpr int kUnbounded = (1 << 30) - 1;

__device__ __forceinline__ int saturate_position(int64_t value) {
  return value < -kUnbounded ? -kUnbounded : value > kUnbounded ? kUnbounded : int(value);
}

// Query i sees the keys i - behind <= j < i + ahead that lie in a range given with each question.
// Both ends grow with i, which is what the questions about many rows rely on.
struct Band {
  int behind;
  int ahead;

  // `window_left` and `window_right` of -1 are unbounded; `causal` is a right window of 0.
  __device__ static Band make(bool causal, int causal_offset, int window_left, int window_right) {
    const int64_t offset = causal_offset;
    const int right = causal ? 0 : window_right;
    return {window_left < 0 ? kUnbounded : saturate_position(window_left - offset),
            right < 0 ? kUnbounded : saturate_position(offset + right + 1)};
  }

  // The keys of `keys` that `row` sees.
  __device__ __forceinline__ Range seen_by(int row, Range keys) const {
    return intersect(keys, {row - behind, row + ahead});
  }

  // The keys that some row of `rows` may see.
  __device__ __forceinline__ Range seen_by_any(Range rows, Range keys) const {
    return intersect(keys, {rows.begin - behind, rows.end - 1 + ahead});
  }

  // The keys that every row of `rows` sees.
  __device__ __forceinline__ Range seen_by_all(Range rows, Range keys) const {
    return intersect(keys, {rows.end - 1 - behind, rows.begin + ahead});
  }

  // The rows of `rows` that see some key of `keys`: one interval, since both ends grow with the
  // row.
  __device__ __forceinline__ Range rows_seeing(Range keys, Range rows) const {
    const Range seeing = intersect(rows, {keys.begin - ahead + 1, keys.end + behind});
    return keys.empty() || seeing.empty() ? Range{rows.begin, rows.begin} : seeing;
  }
};

// Hides from the scores of a warp what its rows do not see. The accumulators are kMTiles x kNTiles
// m16n8 tiles; `query_of(row)` is the query of one of their rows, `first_key` their first key.
template <int kMTiles, int kNTiles, typename QueryOf>
__device__ __forceinline__ void hide_unseen(float (&acc_s)[kMTiles][kNTiles][4], const Band& band,
                                            Range keys, QueryOf query_of, int first_key) {
  const int lane = fresh_thread_index() % 32;
#pragma unroll
  for (int m = 0; m < kMTiles; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const Range seen = band.seen_by(query_of(m * 16 + half * 8 + lane / 4), keys);
      const int begin = seen.begin - first_key - lane % 4 * 2;
      const unsigned count = seen.size();
#pragma unroll
      for (int n = 0; n < kNTiles; ++n) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const bool hidden = unsigned(n * 8 + i - begin) >= count;
          if (hidden) acc_s[m][n][half * 2 + i] = -INFINITY;
        }
      }
    }
  }
}

}  // namespace attnkit
