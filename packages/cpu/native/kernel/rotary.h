// Rotary embedding of one head: pairs of elements turn by angles that grow with the position.
#pragma once
#include "block.h"
#include "convert.h"
#include "sin_cos.h"

namespace attnkit::cpu {
namespace {

// The cosines and sines of one position, [dim / 2] each, zeros behind up to a whole vector.
ATTNKIT_INLINE void load_turn(const Problem& p, int64_t position, float* cos, float* sin) {
  const Rotary& rotary = p.rotary;
  const int64_t pairs = rotary.dim / 2;
  if (!rotary.cos) {
    for (int64_t c = 0; c < pairs; c++) {
      double sine, cosine;
      sin_cos((double)position * rotary.frequencies[c], &sine, &cosine);
      cos[c] = (float)cosine;
      sin[c] = (float)sine;
    }
    return;
  }
  const int64_t row = clamp(position, 0, rotary.table_rows - 1) * pairs;
  for (int64_t c = 0; c < pairs; c += kLanes) {
    store(cos + c, load_as_float(rotary.cos, row + c, p.dtype, pairs - c));
    store(sin + c, load_as_float(rotary.sin, row + c, p.dtype, pairs - c));
  }
}

// Pairs of elements `pairs` apart.
ATTNKIT_INLINE void rotate_halves(float* x, int64_t pairs, const float* cos, const float* sin) {
  float* y = x + pairs;
  for (int64_t c = 0; c < pairs; c += kLanes) {
    const int64_t left = pairs - c;
    const Vec a = load_float32(x + c, left), b = load_float32(y + c, left);
    store_float32(x + c, a * load(cos + c) - b * load(sin + c), left);
    store_float32(y + c, b * load(cos + c) + a * load(sin + c), left);
  }
}

ATTNKIT_INLINE void rotate_neighbours(float* x, int64_t pairs, const float* cos, const float* sin) {
  for (int64_t c = 0; c < pairs; c++) {
    const float a = x[2 * c], b = x[2 * c + 1];
    x[2 * c] = a * cos[c] - b * sin[c];
    x[2 * c + 1] = b * cos[c] + a * sin[c];
  }
}

ATTNKIT_INLINE void rotate(const Rotary& rotary, float* x, const float* cos, const float* sin) {
  if (rotary.interleaved) return rotate_neighbours(x, rotary.dim / 2, cos, sin);
  rotate_halves(x, rotary.dim / 2, cos, sin);
}

}  // namespace
}  // namespace attnkit::cpu
