// Products of bfloat16 by pairs, where the processor has them: a lane takes two elements of each
// side and adds both products in float32, twice the rate of float32. K is read in place, two
// elements of the head at a time; V two keys at a time, interleaved once a tile; weights are
// rounded to bfloat16.
#pragma once
#include "kernel_scratch.h"
#include "pv_panel.h"
#include "row_block.h"

namespace attnkit::cpu {
namespace {

#if defined(__AVX512BF16__) && ATTNKIT_LANES == 16
constexpr bool kHasDots = true;
#else
constexpr bool kHasDots = false;
#endif

// Whether a problem's products go by pairs: Q and K as they came, with an even head dim.
ATTNKIT_INLINE bool uses_dots(const Problem& p) {
  return kHasDots && p.dtype == kBfloat16 && p.qk_dtype == kBfloat16 && p.head_dim % 2 == 0 &&
         !p.q_bias && !p.k_bias;
}

// Two bfloat16 in each lane: the even element, or key, in the lower half.
typedef IntVec PairVec;

ATTNKIT_INLINE Vec even_half(PairVec x) { return (Vec)(x << 16); }
ATTNKIT_INLINE Vec odd_half(PairVec x) { return (Vec)(x & (int32_t)0xffff0000); }

ATTNKIT_INLINE PairVec splat_pair(const uint16_t* pair) {
  return splat((int32_t)((uint32_t)pair[0] | (uint32_t)pair[1] << 16));
}

ATTNKIT_INLINE Vec add_dot(Vec sum, PairVec a, PairVec b) {
#if defined(__AVX512BF16__) && ATTNKIT_LANES == 16
  return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
  return sum + even_half(a) * even_half(b) + odd_half(a) * odd_half(b);
#endif
}

ATTNKIT_INLINE PairVec pair_halves(HalfVec even, HalfVec odd) {
  const BitsVec low = __builtin_convertvector(even, BitsVec);
  return (PairVec)(low | __builtin_convertvector(odd, BitsVec) << 16);
}

ATTNKIT_INLINE PairVec round_to_pairs(Vec even, Vec odd) {
#if defined(__AVX512BF16__) && ATTNKIT_LANES == 16
  alignas(64) static constexpr int16_t kInterleaved[32] = {
      0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512bh halves = _mm512_cvtne2ps_pbh((__m512)odd, (__m512)even);
  return (PairVec)_mm512_permutexvar_epi16(_mm512_load_si512(kInterleaved), (__m512i)halves);
#else
  return pair_halves(narrow_bfloat16(even), narrow_bfloat16(odd));
#endif
}

// Pairs d … d + lanes of a row of `pairs`, zeros behind.
ATTNKIT_INLINE Vec load_pairs(const uint16_t* row, int64_t d, int64_t pairs) {
  return load_float32(reinterpret_cast<const float*>(row) + d, pairs - d);
}

// Rows first … first + count of the block, transposed as they are: to[head_dim / 2][columns] pairs.
ATTNKIT_INLINE void load_query_pairs(const Problem& p, const Block& block, const RowTable& rows,
                                     int64_t first, int64_t count, float* to) {
  const int64_t columns = round_up(count, kLanes), pairs = p.head_dim / 2;
  const uint16_t* queries = reinterpret_cast<const uint16_t*>(p.q.data);
  for (int64_t g = 0; g < count; g += kLanes) {
    const uint16_t* row[kLanes];
    for (int64_t i = 0; i < kLanes && g + i < count; i++) {
      const int64_t query = block.token_q + rows.query[first + g + i];
      row[i] = queries + head_rows(p.q, block.batch, query, rows.head[first + g + i]).first;
    }
    for (int64_t d = 0; d < pairs; d += kLanes) {
      Vec square[kLanes];
      unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
        square[i] = g + i < count ? load_pairs(row[i], d, pairs) : Vec{};
      });
      transpose(square);
      unroll<kLanes>([&](auto i) ATTNKIT_INLINE_LAMBDA {
        if (d + i < pairs) store(to + (d + i) * columns + g, square[i]);
      });
    }
  }
}

// As qk_panels, with keys[R] of `pairs` pairs at `key_stride` elements; scores are multiplied by
// `factor`, since queries are as they came.
template <int R, int V>
ATTNKIT_INLINE void dot_qk_panel(const float* __restrict queries, const uint16_t* __restrict keys,
                                 ptrdiff_t key_stride, int64_t pairs, float factor,
                                 float* __restrict scores, Vec* __restrict row_max) {
  Sums<R, V> sum;
  clear_sums<R, V>(sum);
  for (int64_t d = 0; d < pairs; d++) {
    Vec q[V];
    load_vectors<V>(queries + d * V * kLanes, q);
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const PairVec k = splat_pair(keys + r * key_stride + 2 * d);
      unroll<V>([&](auto v)
                    ATTNKIT_INLINE_LAMBDA { sum[r][v] = add_dot(sum[r][v], k, (PairVec)q[v]); });
    });
  }
  Vec largest[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { largest[v] = row_max[v]; });
  unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      const Vec score = sum[r][v] * factor;
      largest[v] = max(largest[v], score);
      store(scores + (r * V + v) * kLanes, score);
    });
  });
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { row_max[v] = largest[v]; });
}

template <int R, int V>
__attribute__((noinline)) void dot_qk_panels(int64_t panels, const float* __restrict queries,
                                             const uint16_t* __restrict keys, ptrdiff_t key_stride,
                                             int64_t pairs, float factor, float* __restrict scores,
                                             Vec* __restrict row_max) {
  for (int64_t i = 0; i < panels; i++) {
    dot_qk_panel<R, V>(queries, keys, key_stride, pairs, factor, scores, row_max);
    keys += R * key_stride;
    scores += R * V * kLanes;
  }
}

// As make_weights, but rounded and by pairs of keys: scores[keys / 2][V·lanes] in place.
template <int V>
__attribute__((noinline)) void make_weight_pairs(float* scores, int64_t keys,
                                                 const Softmax<V>& softmax, Vec* tile_sum) {
  Vec sum[V];
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { sum[v] = Vec{}; });
  float* to = scores;
  for (int64_t j = 0; j < keys; j += 2, to += V * kLanes, scores += 2 * V * kLanes) {
    unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA {
      const float* at = scores + v * kLanes;
      const Vec even = weight(load(at) - softmax.largest[v]);
      const Vec odd = j + 1 < keys ? weight(load(at + V * kLanes) - softmax.largest[v]) : Vec{};
      sum[v] += even + odd;
      store(to + v * kLanes, (Vec)round_to_pairs(even, odd));
    });
  }
  unroll<V>([&](auto v) ATTNKIT_INLINE_LAMBDA { tile_sum[v] = sum[v]; });
}

// As pv_panel, with values[pairs] of keys at `value_stride` pairs.
template <int R, int V>
__attribute__((noinline)) void dot_pv_panel(const float* __restrict weights,
                                            const int32_t* __restrict values,
                                            ptrdiff_t value_stride, int64_t pairs,
                                            float* __restrict out, const Vec* __restrict rescale,
                                            bool first) {
  Sums<R, V> sum;
  clear_sums<R, V>(sum);
  for (int64_t j = 0; j < pairs; j++) {
    Vec p[V];
    load_vectors<V>(weights, p);
    unroll<R>([&](auto r) ATTNKIT_INLINE_LAMBDA {
      const PairVec x = splat(values[r]);
      unroll<V>([&](auto v)
                    ATTNKIT_INLINE_LAMBDA { sum[r][v] = add_dot(sum[r][v], x, (PairVec)p[v]); });
    });
    weights += V * kLanes;
    values += value_stride;
  }
  add_to_output<R, V>(sum, out, rescale, first);
}

// Rows of V in pairs of keys: to[rows / 2][stride]; an odd last row is paired with zeros.
ATTNKIT_INLINE void pair_rows(const HeadRows& rows, int64_t row, int64_t count, int64_t width,
                              int32_t* to, int64_t stride) {
  const uint16_t* data = reinterpret_cast<const uint16_t*>(rows.data);
  const uint16_t* from = data + rows.first + row * rows.stride;
  for (int64_t j = 0; j < count; j += 2, from += 2 * rows.stride, to += stride) {
    for (int64_t d = 0; d < width; d += kLanes) {
      const HalfVec even = load_half(from + d, width - d);
      const HalfVec odd = j + 1 < count ? load_half(from + rows.stride + d, width - d) : HalfVec{};
      *reinterpret_cast<LooseIntVec*>(to + d) = pair_halves(even, odd);
    }
  }
}

// The way back, to float rows of the same stride.
ATTNKIT_INLINE void unpair_rows(const int32_t* from, int64_t count, int64_t stride, float* to) {
  for (int64_t j = 0; j < count; j++, to += stride) {
    const int32_t* pairs = from + j / 2 * stride;
    for (int64_t d = 0; d < stride; d += kLanes) {
      store(to + d, j % 2 ? odd_half(load(pairs + d)) : even_half(load(pairs + d)));
    }
  }
}

}  // namespace
}  // namespace attnkit::cpu
