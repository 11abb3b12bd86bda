// What a few rows have to do with a stream of keys and values: R rows share each reading of it, so
// that memory is the limit and not the products.
#pragma once
#include "convert.h"
#include "kernel_scratch.h"
#include "transpose.h"

namespace attnkit::cpu {
namespace {

// Rows of a tensor in memory: `first` and `stride` in elements.
struct RowStream {
  const char* data;
  int64_t first, stride;
};

// The sums of kLanes vectors, one in each lane.
template <int Half = kLanes / 2>
ATTNKIT_INLINE Vec sum_each(Vec* x) {
  unroll<Half>([&](auto i) ATTNKIT_INLINE_LAMBDA {
    exchange<Half>(x[i], x[i + Half], typename CountTo<kLanes>::Type{});
    x[i] += x[i + Half];
  });
  if constexpr (Half > 1) return sum_each<Half / 2>(x);
  return x[0];
}

// sum[row · G + key] = query `row` · key, for the keys at G element indices.
template <int D, int R, int G>
ATTNKIT_INLINE void dot_group(const char* keys, const int64_t* index, int64_t head_dim,
                              const float* queries, int64_t query_stride, Vec* sum) {
  constexpr int kAtOnce = R == 1 ? 1 : G < 4 ? G : 4;  // keys whose sums stay in registers
  unroll<G / kAtOnce>([&](auto step) ATTNKIT_INLINE_LAMBDA {
    constexpr int kFirst = step * kAtOnce;
    Vec part[R][kAtOnce];
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      unroll<kAtOnce>([&](auto g) ATTNKIT_INLINE_LAMBDA { part[r][g] = Vec{}; });
    });
    for (int64_t d = 0; d < head_dim; d += kLanes) {
      Vec key[kAtOnce];
      unroll<kAtOnce>([&](auto g) ATTNKIT_INLINE_LAMBDA {
        key[g] = load_as_float(keys, index[kFirst + g] + d, D, head_dim - d);
      });
      unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
        const Vec q = load(queries + r * query_stride + d);
        unroll<kAtOnce>([&](auto g) ATTNKIT_INLINE_LAMBDA { part[r][g] += key[g] * q; });
      });
    }
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      unroll<kAtOnce>([&](auto g) ATTNKIT_INLINE_LAMBDA { sum[r * G + kFirst + g] = part[r][g]; });
    });
  });
}

// scores[R][count] at `score_stride` from queries[R] at `query_stride`, which end in zeros up to
// whole vectors. Writes up to a vector behind `count`.
template <int D, int R>
__attribute__((noinline)) void dot_keys(const RowStream& keys, int64_t count, int64_t head_dim,
                                        const float* queries, int64_t query_stride, float* scores,
                                        int64_t score_stride) {
  constexpr int G = kLanes / R;
  for (int64_t j = 0; j < count; j += G) {
    int64_t index[G];
    for (int g = 0; g < G; g++) index[g] = keys.first + min(j + g, count - 1) * keys.stride;
    Vec sum[kLanes];
    dot_group<D, R, G>(keys.data, index, head_dim, queries, query_stride, sum);
    const Vec dots = sum_each(sum);
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      __builtin_memcpy(scores + r * score_stride + j, reinterpret_cast<const float*>(&dots) + r * G,
                       G * sizeof(float));
    });
  }
}

// out[R] += Σ weights[R][j] · value j over N vectors of the head, summed from zero. A single row
// takes nothing from keys of weight 0, not even a NaN.
template <int D, int R, int N, bool Skips>
ATTNKIT_INLINE void add_value_columns(const RowStream& values, int64_t count, int64_t left,
                                      const float* weights, int64_t weight_stride, float* out,
                                      int64_t out_stride) {
  Vec sum[R][N];
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA { sum[r][n] = Vec{}; });
  });
  int64_t index = values.first;
  for (int64_t j = 0; j < count; j++, index += values.stride) {
    if (Skips && weights[j] == 0.0f) continue;
    Vec value[N];
    unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA {
      const int64_t d = n * kLanes;
      value[n] = load_as_float(values.data, index + d, D, n < N - 1 ? kLanes : left - d);
    });
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const Vec weight = splat(weights[r * weight_stride + j]);
      unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA { sum[r][n] += value[n] * weight; });
    });
  }
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<N>([&](auto n) ATTNKIT_INLINE_LAMBDA {
      float* to = out + r * out_stride + n * kLanes;
      store(to, load(to) + sum[r][n]);
    });
  });
}

template <int D, int R>
__attribute__((noinline)) void add_values(const RowStream& values, int64_t count, int64_t head_dim,
                                          const float* weights, int64_t weight_stride, float* out,
                                          int64_t out_stride) {
  constexpr int kColumns = kLanes == 16 || kRows == 8 ? 8 : 4;
  constexpr int kAtOnce = R < 2 ? R : 2;  // rows whose sums stay in registers
  // Keys whose values stay in a first-level cache until all rows have had them.
  constexpr int64_t kChunk = R == 1 ? kDecodeKeys : 32;
  for (int64_t j = 0; j < count; j += kChunk) {
    const int64_t chunk = min(count - j, kChunk);
    for (int64_t d = 0; d < head_dim; d += kColumns * kLanes) {
      const RowStream part{values.data, values.first + j * values.stride + d, values.stride};
      with_count<kColumns>(ceil_div(head_dim - d, kLanes), [&](auto n) ATTNKIT_INLINE_LAMBDA {
        for (int64_t r = 0; r < R; r += kAtOnce) {
          add_value_columns<D, kAtOnce, n, R == 1>(part, chunk, head_dim - d,
                                                   weights + r * weight_stride + j, weight_stride,
                                                   out + r * out_stride + d, out_stride);
        }
      });
    }
  }
}

}  // namespace
}  // namespace attnkit::cpu
