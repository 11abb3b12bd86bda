// tanh for softcap: an odd polynomial near 0, where 1 - 2 / (e^2x + 1) would cancel, else that
// formula. The coefficients are those of Cephes' tanhf.
#pragma once
#include "exp2.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE Vec tanh(Vec x) {
  const Vec size = x < 0.0f ? -x : x;
  const Vec decay = exp2(size * (-2.0f * kLog2E));  // e^(-2|x|)
  const Vec far = (1.0f - decay) / (1.0f + decay);
  const Vec z = x * x;
  Vec p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const Vec near = p * z * x + x;
  return size < 0.625f ? near : x < 0.0f ? -far : far;
}

}  // namespace
}  // namespace attnkit::cpu
