// Root mean square norm of one head.
#pragma once
#include "convert.h"

namespace attnkit::cpu {
namespace {

// x / √(mean(x²) + epsilon) × weights, in place; x is contiguous, with zeros behind up to a whole
// vector.
ATTNKIT_INLINE void rms_norm(float* x, int64_t width, const char* weights, int32_t dtype,
                             double epsilon) {
  Vec squares{};
  for (int64_t d = 0; d < width; d += kLanes) squares += load(x + d) * load(x + d);
  const double mean = (double)sum_lanes(squares) / (double)width;
  const float factor = (float)(1.0 / __builtin_sqrt(mean + epsilon));
  for (int64_t d = 0; d < width; d += kLanes) {
    store(x + d, load(x + d) * factor * load_as_float(weights, d, dtype, width - d));
  }
}

}  // namespace
}  // namespace attnkit::cpu
