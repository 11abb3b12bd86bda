// A tile of keys and values as float rows: in place where they are float32, else converted once for
// all rows of the block. Or as pairs of bfloat16, where products go by them.
#pragma once
#include "additions.h"
#include "bfloat16_dots.h"

namespace attnkit::cpu {
namespace {

struct KeyTile {
  int64_t begin, count;
  const float *k, *v;
  const uint16_t* k_pairs;  // by pairs: K in place, and then V is made float rows when asked for
  const int32_t* v_pairs;
  ptrdiff_t k_stride, v_stride;
  bool is_new;       // not of the past
  bool adds_by_key;  // scratch.key_bias and key_mask hold something
  bool masks_all;    // every key is excluded for the rows that do not ignore the mask
  bool k_in_place;
  int nonfinite_values;  // -1: not looked yet
};

// `count` rows of `width` elements as contiguous floats, `stride` apart.
ATTNKIT_INLINE void convert_rows(const HeadRows& rows, int64_t row, int32_t dtype, int64_t count,
                                 int64_t width, float* to, int64_t stride) {
  int64_t from = rows.first + row * rows.stride;
  for (int64_t j = 0; j < count; j++, from += rows.stride, to += stride) {
    for (int64_t d = 0; d < width; d += kLanes) {
      store(to + d, load_as_float(rows.data, from + d, dtype, width - d));
    }
  }
}

// With few rows to a register block each line of V is read several times. Strides that are
// multiples of 2 KB put a tile's lines into few sets of the cache, which then evict each other.
ATTNKIT_INLINE bool values_in_place(const Problem& p, const HeadRows& v) {
  return p.dtype == kFloat32 && (kRows >= 8 || v.stride % 512 != 0);
}

ATTNKIT_INLINE const float* float_row(const HeadRows& rows, int64_t row) {
  return reinterpret_cast<const float*>(rows.data) + rows.first + row * rows.stride;
}

ATTNKIT_INLINE void fetch_pairs(const Problem& p, const Segment& segment, Scratch& s,
                                KeyTile& tile) {
  const int64_t row = tile.begin - segment.begin;
  tile.k_stride = segment.k.stride;
  tile.k_pairs =
      reinterpret_cast<const uint16_t*>(segment.k.data) + segment.k.first + row * segment.k.stride;
  tile.v_stride = round_up(p.head_dim_v, kLanes);
  int32_t* pairs = reinterpret_cast<int32_t*>(s.value_tile);
  pair_rows(segment.v, row, tile.count, p.head_dim_v, pairs, tile.v_stride);
  tile.v_pairs = pairs;
}

ATTNKIT_INLINE void fetch_rows(const Problem& p, const Segment& segment, Scratch& s,
                               KeyTile& tile) {
  if (uses_dots(p)) return fetch_pairs(p, segment, s, tile);
  const int64_t row = tile.begin - segment.begin;
  tile.k_in_place = segment.k_dtype == kFloat32;
  if (tile.k_in_place) {
    tile.k = float_row(segment.k, row);
    tile.k_stride = segment.k.stride;
  } else {
    tile.k = s.key_tile;
    tile.k_stride = round_up(p.head_dim, kLanes);
    convert_rows(segment.k, row, segment.k_dtype, tile.count, p.head_dim, s.key_tile,
                 tile.k_stride);
  }
  if (values_in_place(p, segment.v)) {
    tile.v = float_row(segment.v, row);
    tile.v_stride = segment.v.stride;
  } else {
    tile.v = s.value_tile;
    tile.v_stride = round_up(p.head_dim_v, kLanes);
    convert_rows(segment.v, row, p.dtype, tile.count, p.head_dim_v, s.value_tile, tile.v_stride);
  }
}

// Additions that are the same for all rows are worked out once a tile.
__attribute__((noinline)) void fetch_additions(const Problem& p, const Block& block, int parts,
                                               Scratch& s, KeyTile& tile) {
  bool all_hidden = true;
  for (int64_t j = 0; j < tile.count; j += kLanes) {
    const int64_t left = tile.count - j;
    const Vec bias =
        additions(p, parts & kBiasPart, block.batch, block.head, 0, false, tile.begin + j, left);
    const Vec mask =
        additions(p, parts & kMaskPart, block.batch, block.head, 0, false, tile.begin + j, left);
    store(s.key_bias + j, bias);
    store(s.key_mask + j, mask);
    for (int i = 0; i < kLanes && i < left; i++) {
      tile.adds_by_key |= bias[i] != 0 || mask[i] != 0;
      all_hidden &= mask[i] == -kInfinity;
    }
  }
  tile.masks_all = all_hidden;
}

ATTNKIT_INLINE KeyTile fetch_tile(const Problem& p, const Block& block, int parts, int64_t key,
                                  int64_t end, Scratch& s) {
  const Segment segment = segment_of(p, block, key);
  KeyTile tile{};
  tile.begin = key;
  tile.count = min(kTileKeys, min(end, segment.end) - key);
  tile.is_new = segment.is_new;
  tile.nonfinite_values = -1;
  fetch_rows(p, segment, s, tile);
  if (parts) fetch_additions(p, block, parts, s, tile);
  return tile;
}

// Whether V has an infinity or a NaN in this tile: times a weight of 0 it would still give NaN.
__attribute__((noinline)) bool has_nonfinite_values(const Problem& p, Scratch& s, KeyTile& tile) {
  if (tile.nonfinite_values < 0) {
    if (tile.v_pairs) {
      unpair_rows(tile.v_pairs, tile.count, tile.v_stride, s.key_tile);
      tile.v = s.key_tile;
    }
    Vec zeros{};
    for (int64_t j = 0; j < tile.count; j++) {
      for (int64_t d = 0; d < p.head_dim_v; d += kLanes) {
        zeros += load_float32(tile.v + j * tile.v_stride + d, p.head_dim_v - d) * 0.0f;
      }
    }
    const float sum = sum_lanes(zeros);
    tile.nonfinite_values = sum == 0.0f ? 0 : 1;
  }
  return tile.nonfinite_values != 0;
}

}  // namespace
}  // namespace attnkit::cpu
